using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Simulation;

/// <summary>Compares a run's journal with what its agents' processes did, said, heard and spent.</summary>
internal sealed class AgentOracle(World world, RunId run, RunView view)
{
    public void Judge(IReadOnlyList<RunEvent> journal)
    {
        var attempts = journal.OfType<AttemptEvent>().ToLookup(fact => (fact.Task, fact.Attempt));
        foreach (var process in world.Processes.FindAll(process => process.Task.Attempt.Task.Run == run))
        {
            var name = process.Task.Attempt;
            if (process.Alive)
                Complain(name, "is still alive");
            if (!attempts[(name.Task.Task, name.Number)].OfType<AttemptClaimed>().Any())
                Complain(name, "runs, and the journal never said so");
            CheckWords(process, attempts[(name.Task.Task, name.Number)].ToList());
            CheckQuestions(process, journal);
            CheckFigures(process);
            CheckHeard(process, journal);
        }
        CheckDeliveries();
        CheckOwed();
    }

    // Everything it wrote is in the journal once and in order.
    private void CheckWords(AgentProcess process, List<AttemptEvent> facts)
    {
        var said = process.Output.SelectMany(line => line).Select(Note).OfType<string>();
        var noted = facts.OfType<AttemptNoted>().Where(note => note.Kind != NoteKinds.NotKept).Select(note => note.Text);
        if (!said.SequenceEqual(noted))
            Complain(process.Task.Attempt, $"said [{string.Join(", ", said)}], and the journal has [{string.Join(", ", noted)}]");
        if (facts.OfType<AttemptStarted>().Count() != 1)
            Complain(process.Task.Attempt, $"started {facts.OfType<AttemptStarted>().Count()} times");
        if (facts.OfType<AttemptEnded>().Count() != 1)
            Complain(process.Task.Attempt, $"ended {facts.OfType<AttemptEnded>().Count()} times");
    }

    private void CheckQuestions(AgentProcess process, IReadOnlyList<RunEvent> journal)
    {
        var name = process.Task.Attempt;
        var asked = process.Output.SelectMany(line => line).OfType<AgentAsked>().Select(question => question.Key);
        var written = journal.OfType<QuestionAsked>().Where(fact => fact.Question.Task == name.Task && fact.Question.Attempt == name.Number).Select(fact => fact.Question.Key);
        if (!asked.SequenceEqual(written))
            Complain(name, $"asked [{string.Join(", ", asked)}], and the journal has [{string.Join(", ", written)}]");
    }

    private void CheckFigures(AgentProcess process)
    {
        var attempt = Attempt(process.Task.Attempt);
        // What was ended because of us ends with our words (or, when that engine died too, as what its successor found) and with all it had used.
        if (process.Broken ? attempt.Outcome!.Verdict != AgentVerdict.Failed && attempt.Outcome!.Message != process.Exit!.Message
            // The structured result has no equality of its own.
            : attempt.Outcome! with { StructuredResult = null } != process.Exit! with { StructuredResult = null })
            Complain(process.Task.Attempt, $"ended as {process.Exit}, and the journal says {attempt.Outcome}");
        if (attempt.Usage.CostUsd != process.CostUsd || attempt.Usage.Tokens != process.Exit!.Tokens)
            Complain(process.Task.Attempt, $"spent ${process.CostUsd}, and the journal says ${attempt.Usage.CostUsd}");
    }

    private void CheckHeard(AgentProcess process, IReadOnlyList<RunEvent> journal)
    {
        foreach (var answer in process.Heard.OfType<DeliverAnswer>())
        {
            var question = view.Questions.Values.FirstOrDefault(
                q => q.Task == process.Task.Attempt.Task && q.Attempt == process.Task.Attempt.Number && q.Key == answer.QuestionKey);
            if (question?.Answer is not { } given || given.Text != answer.Answer.Text || given.Decision != answer.Answer.Decision)
                Complain(process.Task.Attempt, $"heard {answer.Answer}, and the answer was {question?.Answer}");
        }
        foreach (var message in process.Heard.OfType<DeliverMessage>())
        {
            if (!journal.OfType<MessageQueued>().Any(queued => $"message:{queued.Key}" == message.Key && queued.Text == message.Text))
                Complain(process.Task.Attempt, $"heard {message.Text}, and nobody said it");
        }
    }

    // What counts as delivered was heard; and a message is heard again only by a successor, when an engine died before it could note it.
    private void CheckDeliveries()
    {
        var processes = world.Processes.FindAll(process => process.Task.Attempt.Task.Run == run);
        foreach (var question in view.Questions.Values.Where(question => question.Answer is { Delivered: true }))
        {
            var asker = processes.Find(process => process.Task.Attempt == new AttemptRef(question.Task, question.Attempt));
            if (asker is null || !asker.Heard.OfType<DeliverAnswer>().Any(answer => answer.QuestionKey == question.Key))
                world.Complain($"{question.Id} counts as delivered, and its agent never heard it");
        }
        foreach (var task in view.Tasks.Values)
        {
            foreach (var message in task.Messages)
            {
                var hearers = processes.Count(
                    process => process.Task.Attempt.Task.Task == task.Definition.Id && process.Heard.OfType<DeliverMessage>().Any(heard => heard.Key == $"message:{message.Key}"));
                if ((message.Delivered && hearers == 0) || hearers > world.Engines)
                    world.Complain($"{run}/{task.Definition.Id}: {message} was heard {hearers} times");
            }
        }
    }

    // What a person answered reaches whoever asked, or the first one after it: in its prompt, or when it asks for the same again.
    private void CheckOwed()
    {
        foreach (var question in view.Questions.Values.Where(question => question.Answer is { By: Answer.Person, Delivered: false, Text: not null }))
        {
            var successors = world.Processes.FindAll(process => process.Task.Attempt.Task == question.Task && process.Task.Attempt.Number > question.Attempt);
            var text = question.Answer!.Text!;
            var told = successors.Exists(process => process.Task.Prompt.Contains(text, StringComparison.Ordinal) || process.Task.Context.Contains(text, StringComparison.Ordinal));
            var again = view.Questions.Values.Any(later => later.Task == question.Task && later.Attempt > question.Attempt && later.Answer?.Text == text);
            if (successors.Count > 0 && !told && !again)
                world.Complain($"{question.Id} was answered with {text}, and neither its asker nor {successors[0].Task.Attempt} heard it");
        }
    }

    private static string? Note(AgentEvent happened) => happened switch
    {
        AgentReported reported => reported.Text,
        AgentDeclaredDone done => done.Summary,
        AgentCompacted compacted => $"{compacted.PreTokens} → {compacted.PostTokens} tokens",
        _ => null,
    };

    private AttemptView Attempt(AttemptRef name) => view.Tasks[name.Task.Task].Attempts[name.Number - 1];

    private void Complain(AttemptRef attempt, string what) => world.Complain($"{attempt} {what}");
}
