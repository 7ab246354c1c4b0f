using System.Security.Cryptography;
using System.Text;
using Cloister.Rehearsal.Messages;
using Cloister.Rehearsal.Scenarios;

namespace Cloister.Rehearsal.Answering;

/// <summary>Decides what to say to a request: finds the rule, fills its answer in, counts its tokens.</summary>
internal sealed class ScriptedModel(Scenario scenario)
{
    private static readonly ApiError Misscripted = new(400, "invalid_request_error", Template.Parse(""), []);

    private readonly Ledger _ledger = new();
    private readonly UsageMeter _meter = new();

    /// <summary>The answer, whole; also when it will arrive broken or not at all.</summary>
    public ScriptedAnswer Answer(MessagesRequest request)
    {
        var (rule, index, match) = Choose(request);
        try
        {
            return Fill(rule, index, match, request);
        }
        catch (MissingValueException missing)
        {
            // Said aloud: a conversation that went on with an empty value would be wrong somewhere else, much later.
            return new ScriptedAnswer(rule.Name, match.Step + 1, default, Misscripted, $"rule {rule.Name}: {missing.Message}", null, Fault: null);
        }
    }

    private ScriptedAnswer Fill(Rule rule, int index, RuleMatch match, MessagesRequest request)
    {
        var answer = rule.Answers[match.Step];
        var values = Values(request, match);
        string ValueOf(string name) => ResultReference.TryParse(name) is { } reference ? ResultLookup.Find(reference, request.Conversation) : values[name];
        var fails = Fails(answer, request, index, match.Step);
        if (fails && answer.Error is { } error)
            return new ScriptedAnswer(rule.Name, match.Step + 1, answer.Pace, error, error.Message.Render(ValueOf), null, Fault: null);

        var (input, repeats) = _meter.Measure(request);
        var seed = Fingerprint($"{request.ConversationKey}\n{request.Prefixes.Known[^1].Fingerprint}\n{repeats}");
        var blocks = answer.Blocks.Select((block, i) => Render(block, ValueOf, seed, i)).ToList();
        var message = new RenderedMessage(
            $"msg_{seed}",
            request.Model,
            blocks,
            answer.StopReason ?? (answer.CallsTools ? "tool_use" : "end_turn"),
            UsageMeter.Apply(answer.Usage, input with { Output = UsageMeter.Count(blocks) }));
        return new ScriptedAnswer(rule.Name, match.Step + 1, answer.Pace, null, null, message, fails ? answer.Fault : null);
    }

    private (Rule Rule, int Index, RuleMatch Match) Choose(MessagesRequest request)
    {
        for (var index = 0; index < scenario.Rules.Count; index++)
        {
            var rule = scenario.Rules[index];
            if (RuleMatch.Find(rule, request) is { } match && Admits(rule, index, request))
                return (rule, index, match);
        }
        throw new InvalidOperationException("the default scenario answers everything");
    }

    private bool Admits(Rule rule, int index, MessagesRequest request) =>
        rule.When.Times is not { } times
        || (rule.Stepped
            ? _ledger.TryEnter(request.Prefix, request.ConversationKey, index, times)
            : _ledger.TryUse(request.Prefix, index, times));

    // Without streaming there is no stream to break: that is how the CLI recovers from one.
    private bool Fails(Answer answer, MessagesRequest request, int rule, int step)
    {
        var canFail = answer.Error is not null
            || (answer.Fault is { } fault && (request.Streams || fault == StreamFault.HangHeaders));
        return canFail && (answer.Failures is not { } limit || _ledger.TryFail(request.ConversationKey, rule, step, limit));
    }

    private static Dictionary<string, string> Values(MessagesRequest request, RuleMatch match)
    {
        var conversation = request.Conversation;
        return new Dictionary<string, string>(match.Groups, StringComparer.Ordinal)
        {
            [TemplateValues.Prompt] = conversation.Prompt,
            [TemplateValues.Last] = conversation.LastText(conversation.Turn),
            [TemplateValues.LastToolResult] = conversation.LastToolResult(conversation.Turn),
            [TemplateValues.Turn] = $"{conversation.Turn}",
            [TemplateValues.TurnsTaken] = $"{conversation.Turn - 1}",
            [TemplateValues.Session] = request.Session,
        };
    }

    private static RenderedBlock Render(Block block, Func<string, string> valueOf, string seed, int index)
    {
        var id = $"toolu_{Fingerprint($"{seed}\n{index}")}";
        return block switch
        {
            Block.Text text => new RenderedBlock.Text(text.Value.Render(valueOf)),
            Block.Thinking thinking => new RenderedBlock.Thinking(thinking.Value.Render(valueOf), Convert.ToBase64String(Encoding.ASCII.GetBytes(seed))),
            Block.Tool tool => new RenderedBlock.ToolUse(id, tool.Name, tool.Input.Render(valueOf)),
            Block.RawTool raw => new RenderedBlock.ToolUse(id, raw.Name, raw.Input.Render(valueOf)),
            _ => throw new InvalidOperationException($"no block is a {block.GetType().Name}"),
        };
    }

    private static string Fingerprint(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12));
}

/// <summary>What happens to one request.</summary>
/// <param name="Rule">Who answers.</param>
/// <param name="Step">Which of the rule's answers, from 1.</param>
/// <param name="Pace">How long it takes.</param>
/// <param name="Error">An HTTP error in place of the message.</param>
/// <param name="ErrorMessage">The error's text.</param>
/// <param name="Message">The message, or null for an error.</param>
/// <param name="Fault">How the stream breaks, or null.</param>
internal sealed record ScriptedAnswer(
    string Rule, int Step, Pace Pace, ApiError? Error, string? ErrorMessage, RenderedMessage? Message, StreamFault? Fault);
