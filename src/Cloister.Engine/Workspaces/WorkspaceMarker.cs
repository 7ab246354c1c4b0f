using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Processes;
using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>How far a workspace is; written before the step it announces, so that a crash leaves a trace of the intention.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WorkspaceStage>))]
internal enum WorkspaceStage
{
    /// <summary>Being made: no agent has seen it, it may be made again from nothing.</summary>
    Preparing,

    /// <summary>An agent may have worked in it.</summary>
    Ready,

    /// <summary>The directory is gone; its work is on kept refs and its branch is still ours.</summary>
    Removed,
}

/// <summary>Commits on their way into a workspace in which tasks have worked.</summary>
/// <param name="Task">Who needs them.</param>
/// <param name="From">Everything that was in the workspace before.</param>
/// <param name="To">The same with what is needed.</param>
/// <param name="IsIn">False while files are being written.</param>
internal sealed record IncomingWork(TaskRef Task, string From, string To, bool IsIn)
{
    /// <summary>What the task has to settle; null: nothing.</summary>
    public LaidConflicts? Conflicts { get; init; }
}

/// <summary>The positive evidence that a workspace is ours and what it was made from.</summary>
internal sealed record WorkspaceMarker
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public required string InstanceId { get; init; }

    public required string Kind { get; init; }

    public required TaskRef Task { get; init; }

    public required string Source { get; init; }

    /// <summary>The repository the work is kept in.</summary>
    public required string Repository { get; init; }

    public required string? Branch { get; init; }

    public required string BaseCommit { get; init; }

    /// <summary>What of the base does not merge; null: nothing.</summary>
    public LaidConflicts? Conflicts { get; init; }

    /// <summary>Commits that were brought in last, or are being brought in; null: none were.</summary>
    public IncomingWork? Incoming { get; init; }

    public required WorkspaceStage Stage { get; init; }

    /// <summary>git's own folder about the worktree, or null where there is none.</summary>
    public string? GitDirectory { get; init; }

    /// <summary>True when the task was started over elsewhere: only who wants just this work back comes here.</summary>
    public bool Left { get; init; }

    /// <summary>Where in the trash its directory lies, or lay, with what is on no ref.</summary>
    public string? Trash { get; init; }

    public static WorkspaceMarker? Read(WorkspaceDesk desk)
    {
        try
        {
            return JsonSerializer.Deserialize<WorkspaceMarker>(File.ReadAllBytes(desk.MarkerFile), Format);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new CloisterException(
                "workspace.marker", $"{desk.MarkerFile} is damaged: nothing in {desk.Directory} is touched",
                "look at the directory, keep what you need, then delete both", e);
        }
    }

    public void Write(WorkspaceDesk desk)
    {
        OwnedFolder.Create(desk.Folder);
        DurableFile.Write(desk.MarkerFile, JsonSerializer.SerializeToUtf8Bytes(this, Format), Durability.WithNext);
    }
}
