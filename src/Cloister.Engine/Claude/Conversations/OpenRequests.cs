using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloister.Claude.Protocol;
using Cloister.Questions;
using Cloister.Sessions;

namespace Cloister.Claude.Conversations;

/// <summary>
/// The requests of the agent that a person has to answer. Each is keyed by the CLI's own request id; the line that answers it carries an
/// id made from the same key, so however often an answer is delivered, the agent gets the first one.
/// </summary>
internal sealed class OpenRequests
{
    private readonly Dictionary<string, Request> _open = new(StringComparer.Ordinal);
    private int _asked;

    /// <summary>True while the agent waits for a person.</summary>
    public bool Any => _open.Count > 0;

    /// <summary>Requests that a newly granted rule may cover.</summary>
    public IEnumerable<CanUseTool> Permissions => _open.Values.OfType<PermissionRequest>().Select(open => open.Tool);

    public IReadOnlyList<Step> AskPermission(CanUseTool request)
    {
        _open[request.RequestId] = new PermissionRequest(request);
        var input = request.Input.ValueKind == JsonValueKind.Undefined ? "{}" : request.Input.GetRawText();
        var text = request.Input.Text("command") ?? request.Input.Text("file_path") ?? request.Input.Text("url") ?? input;
        return [Asked(request.RequestId, QuestionKind.Permission, $"{request.Tool}: {text}", [], request.Tool, input)];
    }

    /// <summary>The agent shows its plan.</summary>
    /// <param name="request">The ExitPlanMode call.</param>
    /// <param name="lastWords">What the agent said before it; later versions keep the plan out of the call's input.</param>
    public IReadOnlyList<Step> AskPlan(CanUseTool request, string lastWords)
    {
        _open[request.RequestId] = new PlanRequest(request);
        var plan = request.Input.Text("plan") is { Length: > 0 } text ? text : lastWords;
        return [Asked(request.RequestId, QuestionKind.Plan, plan, [], request.Tool, null)];
    }

    /// <summary>Claude's own question tool: up to four questions in one call, each asked on its own and answered together.</summary>
    public IReadOnlyList<Step> AskChoices(CanUseTool request)
    {
        var questions = request.Input.Items("questions").ToList();
        if (questions.Count == 0)
            return [Answer(request.RequestId, ControlMessages.Deny(request.RequestId, "No question was given."))];
        var choices = new ChoiceRequest(request, [.. questions.Select(question => question.Text("question") ?? "")]);
        var steps = new List<Step>();
        for (var i = 0; i < questions.Count; i++)
        {
            var key = choices.Key(i);
            _open[key] = choices;
            var options = questions[i].Items("options").Select(option => option.Text("label") ?? "").ToList();
            steps.Add(Asked(key, QuestionKind.Question, choices.Questions[i], options, request.Tool, null));
        }

        return steps;
    }

    /// <summary>Our own <c>ask</c> tool.</summary>
    public IReadOnlyList<Step> Ask(McpMessage call, AskPerson ask)
    {
        if (++_asked > Question.MostOfTask)
            return [Answer(call.RequestId, Reply(call, "Too many questions. Decide yourself.", isError: true))];
        _open[call.RequestId] = new AskRequest(call);
        return [Asked(call.RequestId, QuestionKind.Question, ask.Question, ask.Options, null, null)];
    }

    /// <summary>A question that came as a file: the agent is not let go before it has its answer.</summary>
    public void Await(string key) => _open.TryAdd(key, new FileRequest(key));

    /// <summary>True while a question that came as a file waits under this key.</summary>
    public bool IsFromFile(string key) => _open.GetValueOrDefault(key) is FileRequest;

    /// <summary>What an agent that asked by file is told.</summary>
    public static string Told(Answer answer) => $"The answer to your question: {Words(answer)}";

    /// <summary>A person's answer. When nothing waits for it any more, it counts as delivered: nobody else will want it.</summary>
    public IReadOnlyList<Step> Settle(DeliverAnswer delivery)
    {
        var answer = delivery.Answer;
        if (!_open.Remove(delivery.QuestionKey, out var request))
            return answer.Delivered ? [] : [Delivered(delivery)];
        // The agent has it from an earlier engine; all that is left to know is that it no longer waits.
        if (answer.Delivered)
            return [];
        return request switch
        {
            PermissionRequest permission =>
                [Answer(permission.RequestId, Decide(permission.Tool, answer, "The user denied this.")), Delivered(delivery)],
            PlanRequest plan =>
                [Answer(plan.RequestId, Decide(plan.Tool, answer, "The plan was not approved. Stay in plan mode.")), Delivered(delivery)],
            AskRequest ask =>
                [Answer(ask.RequestId, Reply(ask.Call, Words(answer), answer.Decision == AnswerDecision.Withdrawn)), Delivered(delivery)],
            ChoiceRequest choices => Choose(choices, delivery),
            FileRequest => [Delivered(delivery)],
            _ => throw new InvalidOperationException($"{request.GetType().Name} has no answer"),
        };
    }

    /// <summary>Answers a permission by rule.</summary>
    public Step Allow(CanUseTool request)
    {
        _open.Remove(request.RequestId);
        return Answer(request.RequestId, ControlMessages.Allow(request.RequestId, json => WriteInput(json, request.Input)));
    }

    /// <summary>The agent no longer waits for this request.</summary>
    public IReadOnlyList<Step> Withdraw(string requestId)
    {
        var keys = _open.Where(open => open.Value.RequestId == requestId).Select(open => open.Key).ToList();
        foreach (var key in keys)
            _open.Remove(key);
        return [.. keys.Select(key => new Report(new AgentQuestionWithdrawn(key)))];
    }

    // An answer counts as delivered with the call it belongs to: until then a restart has to bring it again.
    private IReadOnlyList<Step> Choose(ChoiceRequest choices, DeliverAnswer delivery)
    {
        var id = choices.RequestId;
        choices.Answers[delivery.QuestionKey] = delivery;
        var delivered = choices.Answers.Values.Select(Delivered);

        // One refusal settles the whole call: the others have nobody left to go to.
        if (delivery.Answer.Decision is AnswerDecision.Deny or AnswerDecision.Withdrawn)
            return [Answer(id, ControlMessages.Deny(id, Words(delivery.Answer))), .. delivered, .. Withdraw(id)];
        return choices.Answers.Count < choices.Questions.Count
            ? []
            : [Answer(id, ControlMessages.Allow(id, json => WriteAnswers(json, choices))), .. delivered];
    }

    private static string Decide(CanUseTool request, Answer answer, string denial) => answer.Decision switch
    {
        AnswerDecision.Allow => ControlMessages.Allow(request.RequestId, json => WriteInput(json, Changed(request, answer.Text))),
        AnswerDecision.Deny or AnswerDecision.Reply => ControlMessages.Deny(request.RequestId, answer.Text is { Length: > 0 } text ? text : denial),
        AnswerDecision.Withdrawn => ControlMessages.Deny(request.RequestId, "Nobody answered. Go on without it."),
    };

    private static string Words(Answer answer) => answer.Decision switch
    {
        AnswerDecision.Reply => answer.Text ?? "",
        AnswerDecision.Allow => answer.Text ?? "Yes",
        AnswerDecision.Deny => answer.Text ?? "No",
        AnswerDecision.Withdrawn => "Nobody answered. Decide yourself.",
    };

    // A person may approve something else than what was asked for: another plan, or other input.
    private static JsonElement Changed(CanUseTool request, string? text)
    {
        if (text is null)
            return request.Input;
        if (request.Tool != "ExitPlanMode")
            return JsonElement.Parse(text);
        var input = request.Input.ValueKind == JsonValueKind.Object ? JsonObject.Create(request.Input)! : [];
        input["plan"] = text;
        return JsonSerializer.SerializeToElement(input);
    }

    private static void WriteInput(Utf8JsonWriter json, JsonElement input)
    {
        if (input.ValueKind == JsonValueKind.Object)
        {
            input.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        json.WriteEndObject();
    }

    private static void WriteAnswers(Utf8JsonWriter json, ChoiceRequest choices)
    {
        json.WriteStartObject();
        foreach (var field in choices.Tool.Input.EnumerateObject().Where(field => field.Name != "answers"))
            field.WriteTo(json);
        json.WriteStartObject("answers");
        for (var i = 0; i < choices.Questions.Count; i++)
            json.WriteString(choices.Questions[i], Words(choices.Answers[choices.Key(i)].Answer));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Reply(McpMessage call, string text, bool isError) =>
        ControlMessages.McpReply(call.RequestId, call.Message.Field("id"), WorkerTools.Text(text, isError));

    private static Report Asked(string key, QuestionKind kind, string text, IReadOnlyList<string> options, string? tool, string? input) =>
        new(new AgentAsked(key, kind, text, options, tool, input));

    private static Report Delivered(AgentInput input) => new(new AgentInputDelivered(input.Key));

    private static Write Answer(string requestId, string line) => new("answer:" + requestId, line);

    private abstract record Request(string RequestId);

    private sealed record PermissionRequest(CanUseTool Tool) : Request(Tool.RequestId);

    private sealed record PlanRequest(CanUseTool Tool) : Request(Tool.RequestId);

    private sealed record FileRequest(string Key) : Request(Key);

    private sealed record AskRequest(McpMessage Call) : Request(Call.RequestId);

    private sealed record ChoiceRequest(CanUseTool Tool, IReadOnlyList<string> Questions) : Request(Tool.RequestId)
    {
        public Dictionary<string, DeliverAnswer> Answers { get; } = new(StringComparer.Ordinal);

        public string Key(int question) =>
            Questions.Count == 1 ? RequestId : string.Create(CultureInfo.InvariantCulture, $"{RequestId}/{question + 1}");
    }
}
