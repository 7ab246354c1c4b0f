using System.Text;
using Cloister.Processes;

namespace Cloister.SessionFiles;

/// <summary>
/// The folder of one session, in which engine and agent meet by files. The agent may do in it whatever it likes: no link in it is followed,
/// nothing outside is written, and a folder of ours that it replaced is put aside and made anew.
/// </summary>
/// <param name="isolation">The folder <c>isolation</c> of the state folder, absolute.</param>
/// <param name="session">Whose folder.</param>
internal sealed class SessionFolder(string isolation, SessionName session)
{
    /// <summary>Instructions and contexts are read by an agent; more than this fits into no window.</summary>
    public const int LargestText = 4 * 1024 * 1024;

    private const string Sessions = "sessions";
    private static readonly string[] Inside = ["progress", "results", "attempts", "communication"];
    private static readonly string[] Mailboxes = ["to_agent", "from_agent"];

    /// <summary>Whose folder it is.</summary>
    public SessionName Session => session;

    /// <summary>The folder, absolute.</summary>
    public string Path { get; } = System.IO.Path.Combine(isolation, Sessions, session.ToString());

    /// <summary>What the agent is to do.</summary>
    public string Instructions => In("instructions.md");

    /// <summary>What it should know for it.</summary>
    public string Context => In("context.md");

    /// <summary>Checkpoints and hand-overs.</summary>
    public string Progress => In("progress");

    /// <summary>What came out.</summary>
    public string Results => In("results");

    /// <summary>Messages in both directions.</summary>
    public string Communication => In("communication");

    /// <summary>Messages for the agent.</summary>
    public string ToAgent => System.IO.Path.Combine(Communication, Mailboxes[0]);

    /// <summary>Messages of the agent.</summary>
    public string FromAgent => System.IO.Path.Combine(Communication, Mailboxes[1]);

    /// <summary>Makes whatever of the layout is missing. May be repeated at any time.</summary>
    public void Create()
    {
        using var folder = Hold();
        foreach (var name in Inside)
            folder.EnterOrReplace(name).Dispose();
        using var communication = folder.EnterOrReplace("communication");
        foreach (var name in Mailboxes)
            communication.EnterOrReplace(name).Dispose();
    }

    /// <summary>Writes <c>instructions.md</c>; the same text again changes nothing.</summary>
    public void WriteInstructions(string text) => Write("instructions.md", text);

    /// <summary>Writes <c>context.md</c>; the same text again changes nothing.</summary>
    public void WriteContext(string text) => Write("context.md", text);

    /// <summary>Holds the session's folder, made when it is missing.</summary>
    /// <exception cref="CloisterException"><c>folder.impostor</c>: a link stands in its place.</exception>
    internal HeldFolder Hold()
    {
        using var root = HeldFolder.Open(isolation);
        using var sessions = root.Enter(Sessions);
        return sessions.Enter(session.ToString());
    }

    /// <summary>Holds a folder of the layout, made when it is missing.</summary>
    internal HeldFolder Hold(params ReadOnlySpan<string> path)
    {
        var folder = Hold();
        foreach (var name in path)
        {
            using var outer = folder;
            folder = outer.EnterOrReplace(name);
        }
        return folder;
    }

    /// <summary>Writes a text file of a held folder unless it is there already, so that nobody is woken for nothing.</summary>
    internal static void Write(HeldFolder folder, string name, ReadOnlySpan<byte> content)
    {
        if (folder.TryRead(name, content.Length) is not ({ } there, _) || !content.SequenceEqual(there))
            folder.Write(name, content);
    }

    private void Write(string name, string text)
    {
        var content = Encoding.UTF8.GetBytes(text);
        if (content.Length > LargestText)
            throw new CloisterException("session.text", $"{In(name)} would be larger than {LargestText / 1024 / 1024} MB", "put long material into a file of the project and name it");
        using var folder = Hold();
        Write(folder, name, content);
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
