using System.Text.Json.Serialization;

namespace Cloister.SessionFiles;

/// <summary>What a message between engine and agent is about.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MessageType>))]
public enum MessageType
{
    /// <summary>The agent is to do, or to know, something.</summary>
    [JsonStringEnumMemberName("instruction")] Instruction,

    /// <summary>How far the agent is.</summary>
    [JsonStringEnumMemberName("progress_update")] ProgressUpdate,

    /// <summary>The work is done; the content says what came out.</summary>
    [JsonStringEnumMemberName("completion")] Completion,

    /// <summary>Something went wrong.</summary>
    [JsonStringEnumMemberName("error")] Error,

    /// <summary>The agent needs an answer.</summary>
    [JsonStringEnumMemberName("request_input")] RequestInput,
}

/// <summary>Who speaks to whom.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MessageDirection>))]
public enum MessageDirection
{
    /// <summary>The engine, or a person through it, to the agent.</summary>
    [JsonStringEnumMemberName("orchestrator_to_isolated")] ToAgent,

    /// <summary>The agent to the engine.</summary>
    [JsonStringEnumMemberName("isolated_to_orchestrator")] FromAgent,
}

/// <summary>One message between engine and agent: one file.</summary>
/// <param name="Type">What it is about.</param>
/// <param name="Direction">Who speaks.</param>
/// <param name="Id">Names the message, for replies.</param>
/// <param name="Number">Its place among the messages of its direction.</param>
/// <param name="Session">The session it belongs to.</param>
/// <param name="TaskId">The task it is about; null when the sender did not say.</param>
/// <param name="Timestamp">When the sender says it was written; null when the sender did not say.</param>
/// <param name="Content">The text.</param>
internal sealed record SessionMessage(
    MessageType Type, MessageDirection Direction, string Id, int Number, SessionName Session, string? TaskId, DateTimeOffset? Timestamp, string Content)
{
    /// <summary>What a request for input may be answered with; empty when any text will do.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Files it speaks of, as the sender names them.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The id of the message it answers.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The name of its file.</summary>
    public string FileName => $"{Number:0000}-{MessageWords.Of(Type)}.json";
}

/// <summary>The words of the message format.</summary>
internal static class MessageWords
{
    public static IReadOnlyList<MessageType> Types { get; } = Enum.GetValues<MessageType>();

    public static string Of(MessageType type) => type switch
    {
        MessageType.Instruction => "instruction",
        MessageType.ProgressUpdate => "progress_update",
        MessageType.Completion => "completion",
        MessageType.Error => "error",
        MessageType.RequestInput => "request_input",
    };

    public static string Of(MessageDirection direction) => direction switch
    {
        MessageDirection.ToAgent => "orchestrator_to_isolated",
        MessageDirection.FromAgent => "isolated_to_orchestrator",
    };

    public static MessageType? TypeOf(string? word) => Types.Where(type => Of(type) == word).Select(type => (MessageType?)type).FirstOrDefault();
}
