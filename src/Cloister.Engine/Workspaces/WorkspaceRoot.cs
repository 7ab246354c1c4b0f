using System.Security.Cryptography;
using System.Text;
using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>
/// Where workspaces live: <c>&lt;root&gt;/r7-api</c> is what an agent sees, <c>&lt;root&gt;/.cloister/</c> is what we know about it.
/// </summary>
/// <param name="Path">Absolute folder outside of every project.</param>
/// <param name="InstanceId">Marks what this state folder's engine made; nothing else is ever touched.</param>
internal sealed record WorkspaceRoot(string Path, string InstanceId)
{
    // A task id starts with a letter or digit and every workspace name with "r": this name can never be a workspace.
    private const string OwnFolder = ".cloister";

    public string DesksFolder => System.IO.Path.Combine(Path, OwnFolder, "desks");

    public string TrashFolder => System.IO.Path.Combine(Path, OwnFolder, "trash");

    public string ScratchFolder => System.IO.Path.Combine(Path, OwnFolder, "scratch");

    /// <summary>The n-th candidate for a task's workspace name; later ones are for names that others already hold.</summary>
    public static string NameOf(TaskRef task, int candidate) => TaskRefNames.Numbered($"{task.Run}-{task.Task}", candidate);

    public WorkspaceDesk DeskOf(string name) => new(name, System.IO.Path.Combine(Path, name), System.IO.Path.Combine(DesksFolder, name));

    /// <summary>The desk of the workspace that the given directory is, or lies in; null when it is not under this root.</summary>
    public WorkspaceDesk? DeskAt(string directory)
    {
        var relative = System.IO.Path.GetRelativePath(Path, directory);
        var name = relative.Split(System.IO.Path.DirectorySeparatorChar)[0];
        return name is "" or "." or ".." or OwnFolder || System.IO.Path.IsPathRooted(relative) ? null : DeskOf(name);
    }

    /// <summary>What we know about a workspace that must be ours.</summary>
    /// <exception cref="CloisterException"><c>workspace.unknown</c> when it is not: nothing is done to it then.</exception>
    public (WorkspaceDesk Desk, WorkspaceMarker Marker) Known(Workspace workspace, TaskRef task, string kind)
    {
        var desk = DeskAt(workspace.Path);
        var marker = desk is null ? null : WorkspaceMarker.Read(desk);
        return marker is not null && marker.InstanceId == InstanceId && marker.Task == task && marker.Kind == kind
            ? (desk!, marker)
            : throw new CloisterException(
                "workspace.unknown", $"{workspace.Path} was not made for {task} by this state folder", "nothing was touched; see cloister gc");
    }

    /// <summary>Our own repository for a user's repository or folder, named by where that is.</summary>
    public string RepositoryFolderFor(string location) =>
        System.IO.Path.Combine(Path, OwnFolder, "repositories", ShortHash(location));

    public static string ShortHash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}

/// <summary>What we keep about one workspace, beside it and never inside: its marker and our own git index of it.</summary>
/// <param name="Name">The workspace's folder name.</param>
/// <param name="Directory">The workspace itself.</param>
/// <param name="Folder">Our folder about it.</param>
internal sealed record WorkspaceDesk(string Name, string Directory, string Folder)
{
    public string MarkerFile => Path.Combine(Folder, "workspace.json");

    // Ours, not the agent's: an agent may leave its index locked, broken or pointing elsewhere.
    public string IndexFile => Path.Combine(Folder, "index");
}
