using System.Globalization;
using System.Text;

namespace Cloister.SessionFiles;

/// <summary>What an agent left of its progress by files: both may be missing.</summary>
/// <param name="Checkpoint">What <c>checkpoint.json</c> says.</param>
/// <param name="HandOver">The text of a <c>HANDOVER.md</c> that the agent wrote.</param>
/// <param name="WhyNoCheckpoint">What is wrong with a <c>checkpoint.json</c> that could not be used.</param>
internal sealed record AgentProgress(Checkpoint? Checkpoint, string? HandOver, string? WhyNoCheckpoint);

/// <summary>The folder <c>progress</c> of a session.</summary>
internal sealed class ProgressFolder(SessionFolder folder)
{
    /// <summary>The hand-over, the agent's or ours.</summary>
    public const string HandOverFile = "HANDOVER.md";

    /// <summary>What an agent writes by itself.</summary>
    public const string AgentCheckpoint = "checkpoint.json";

    private const string Name = "progress";

    /// <summary>Writes <c>checkpoint-N.json</c>; the same one again changes nothing.</summary>
    public void Write(int number, Checkpoint checkpoint)
    {
        using var held = folder.Hold(Name);
        SessionFolder.Write(held, string.Create(CultureInfo.InvariantCulture, $"checkpoint-{number}.json"), checkpoint.ToJson());
    }

    /// <summary>Writes <c>HANDOVER.md</c>, in place of the one before and of the agent's own, which is quoted in it.</summary>
    /// <returns>Where it is, absolute.</returns>
    public string Write(HandOver handOver)
    {
        using var held = folder.Hold(Name);
        SessionFolder.Write(held, HandOverFile, Encoding.UTF8.GetBytes(handOver.ToMarkdown()));
        return Path.Combine(folder.Progress, HandOverFile);
    }

    /// <summary>Reads what the agent wrote there by itself.</summary>
    /// <param name="now">The time to note for a checkpoint that names none.</param>
    /// <param name="reason">The reason to note for a checkpoint that names none.</param>
    public AgentProgress Read(DateTimeOffset now, string reason)
    {
        using var held = folder.Hold(Name);
        var text = held.TryRead(HandOverFile, Checkpoint.LargestFile).Content is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
        var (content, whyNot) = held.Exists(AgentCheckpoint) ? held.TryRead(AgentCheckpoint, Checkpoint.LargestFile) : default;
        var (checkpoint, whyNone) = content is null ? (null, whyNot) : Checkpoint.Read(content, now, reason);
        return new AgentProgress(checkpoint, text is null || text.StartsWith(HandOver.Mark, StringComparison.Ordinal) ? null : text, whyNone);
    }
}
