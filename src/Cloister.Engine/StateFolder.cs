using System.Globalization;
using System.Text;
using Cloister.Processes;

namespace Cloister;

/// <summary>
/// Where everything of a project is kept: <c>.task_orchestrator</c> beside the work. Plain files a person may read, and the database that
/// is an index over them. Workspaces and sockets live elsewhere, because a repository in a repository and long socket paths both hurt.
/// </summary>
public sealed class StateFolder
{
    /// <summary>Its name in the project folder.</summary>
    public const string FolderName = ".task_orchestrator";

    private readonly string? _session;
    private readonly string _home;

    /// <param name="root">The folder itself, absolute.</param>
    /// <param name="environment">The process environment: XDG_STATE_HOME, XDG_RUNTIME_DIR and HOME are looked up in it.</param>
    public StateFolder(string root, IReadOnlyDictionary<string, string> environment)
    {
        Root = Path.GetFullPath(root);
        var home = environment.GetValueOrDefault("HOME") is { Length: > 0 } given ? given : Path.GetTempPath();
        _home = environment.GetValueOrDefault("XDG_STATE_HOME") is { Length: > 0 } state ? state : Path.Combine(home, ".local", "state");
        _session = environment.GetValueOrDefault("XDG_RUNTIME_DIR");
    }

    /// <summary>The folder, absolute.</summary>
    public string Root { get; }

    /// <summary>The project it belongs to.</summary>
    public string Project => Path.GetDirectoryName(Root)!;

    /// <summary>The journal and its rows.</summary>
    public string Database => Path.Combine(Root, "cloister.db");

    /// <summary>Who the engine is, for people and for a second engine's message.</summary>
    public string EngineFile => Path.Combine(Root, "engine.json");

    /// <summary>Locked by the one engine of this folder for as long as it lives.</summary>
    public string EngineLock => Path.Combine(Root, "engine.lock");

    /// <summary>What the engine has to say when nobody listens.</summary>
    public string EngineLog => Path.Combine(Root, "engine.log");

    /// <summary>Where an engine of this environment puts its local API now. One of another environment says so in <see cref="EngineFile"/>.</summary>
    public string Socket => Path.Combine(RuntimeDirectory.Of(_session), $"{ShortName}.sock");

    /// <summary>Where the agents of this project work.</summary>
    public string Workspaces => Path.Combine(_home, "cloister", ShortName, "workspaces");

    // Stable for the path, short enough for a socket name, and no two projects of a person share it.
    private string ShortName => string.Create(CultureInfo.InvariantCulture, $"{SafeName(Path.GetFileName(Project))}-{Fingerprint(Root):x16}");

    /// <summary>Result files that agents reported, by their content.</summary>
    public string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>What people and other programs read about sessions, and the templates they may change.</summary>
    public string Isolation => Path.Combine(Root, "isolation");

    /// <summary>Templates that this project has changed.</summary>
    public string Templates => Path.Combine(Isolation, "templates");

    /// <summary>The folder of one session: instructions, progress, results, messages and attempts.</summary>
    public string Session(string name) => SessionFile(name);

    /// <summary>A path among the sessions, such as <c>r7-api/attempts/2</c>.</summary>
    public string SessionFile(string relative) => Path.Combine(Isolation, "sessions", relative);

    /// <summary>The folder that older runs named by the Claude conversation.</summary>
    public string Session(Guid session) => SessionFile(session.ToString("D"));

    /// <summary>The folder of one process life.</summary>
    public string Attempt(Guid session, int number) =>
        Path.Combine(Session(session), "attempts", number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Makes the folder, readable by its owner only, and keeps what is not worth committing out of git.</summary>
    public void Create()
    {
        OwnedFolder.Create(Root);
        OwnedFolder.Create(Workspaces);
        var ignore = Path.Combine(Root, ".gitignore");
        if (!File.Exists(ignore))
            File.WriteAllText(ignore, "cloister.db*\nengine.*\nconfig.local.yaml\nisolation/sessions/*/attempts/\nisolation/sessions/*/config/\nisolation/monitoring/\nartifacts/incoming/\nartifacts/content/\n");
    }

    // FNV-1a of 64 bits: nobody gains by two equal ones, and for SHA-256 every short command would load OpenSSL.
    private static ulong Fingerprint(string path)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var part in Encoding.UTF8.GetBytes(path))
            hash = unchecked((hash ^ part) * 0x100000001B3);
        return hash;
    }

    private static string SafeName(string name)
    {
        var kept = new string(name.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_').Take(24).ToArray());
        return kept.Length == 0 ? "project" : kept;
    }
}
