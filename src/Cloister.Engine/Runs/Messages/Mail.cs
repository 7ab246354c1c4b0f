using System.Collections.Immutable;
using System.Globalization;
using Cloister.SessionFiles;

namespace Cloister.Runs.Messages;

/// <summary>A message between engine and agent, at its place in its session.</summary>
/// <param name="Session">The session.</param>
/// <param name="Direction">Who speaks.</param>
/// <param name="Type">What it is about.</param>
/// <param name="Number">Its place among the messages of its direction, from 1; its file begins with it.</param>
/// <param name="Task">The task it is about, such as <c>r7/api</c>.</param>
/// <param name="Id">Names it, for replies.</param>
/// <param name="Content">The text. Untrusted.</param>
internal sealed record NumberedMessage(
    string Session, MessageDirection Direction, MessageType Type, int Number, TaskRef Task, string Id, string Content)
{
    /// <summary>What a request for input may be answered with; empty when any text will do. Untrusted text.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>The id of the message it answers.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The name under which the agent itself wrote it; null: it came or went another way, and its file is the engine's.</summary>
    public string? WrittenAs { get; init; }

    /// <summary>What settles it: the key under which it is open; null: it was dealt with when it was said.</summary>
    public string? SettledBy { get; init; }

    /// <summary>Its file, relative to the session's folder. What an agent said lies among the taken ones.</summary>
    public string Path
    {
        get
        {
            var name = WrittenAs ?? string.Create(CultureInfo.InvariantCulture, $"{Number:0000}-{MessageWords.Of(Type)}.json");
            return Direction == MessageDirection.ToAgent ? $"communication/to_agent/{name}" : $"communication/from_agent/taken/{name}";
        }
    }
}

/// <summary>The messages of one session so far, counted.</summary>
/// <param name="Since">When there was first something to say.</param>
internal sealed record Mailbox(DateTimeOffset Since)
{
    /// <summary>Number of the last message to the agent.</summary>
    public int ToAgent { get; init; }

    /// <summary>Number of the last message from the agent.</summary>
    public int FromAgent { get; init; }

    /// <summary>Tasks that have or had something in it, the newest last.</summary>
    public ImmutableList<string> Tasks { get; init; } = [];
}

/// <summary>The mail of a run: what was said up to an event, and what that event said.</summary>
internal sealed record Mail
{
    /// <summary>By session.</summary>
    public ImmutableDictionary<string, Mailbox> Boxes { get; init; } = ImmutableDictionary<string, Mailbox>.Empty;

    /// <summary>Sessions in which a task has or had something, by task.</summary>
    public ImmutableDictionary<string, ImmutableList<string>> SessionsOf { get; init; } = ImmutableDictionary<string, ImmutableList<string>>.Empty;

    /// <summary>Messages that nobody has dealt with yet: where each stands in the journal, by the key it is settled by.</summary>
    public ImmutableDictionary<string, long> Open { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>The message that the last event is; null when it is none.</summary>
    public NumberedMessage? Said { get; init; }

    /// <summary>Places in the journal of the messages that the last event settled.</summary>
    public ImmutableArray<long> Settled { get; init; } = [];

    /// <summary>The file that the last event took in: what the next event says was in it.</summary>
    public string? TakenFile { get; init; }
}
