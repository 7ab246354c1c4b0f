using System.Text;
using Cloister.SessionFiles;
using Cloister.Tests.Processes;
using Cloister.Tests.Support;

namespace Cloister.Tests.SessionFiles;

/// <summary>A state folder with one session, which only a test uses, and an agent that does what it likes in it.</summary>
internal sealed class SessionScratch : IDisposable
{
    public const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    public const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public SessionScratch()
    {
        Isolation = Path.Combine(Root, ".task_orchestrator", "isolation");
        Folder = new SessionFolder(Isolation, Name);
        Folder.Create();
    }

    public static SessionName Name { get; } = SessionName.Parse("r7-api");

    public static DateTimeOffset Now { get; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public string Root { get; } = Directory.CreateTempSubdirectory("cloister-session-").FullName;

    public string Isolation { get; }

    public SessionFolder Folder { get; }

    public ManualClock Clock { get; } = new(Now);

    public MessageBox Box() => new(Folder, Clock);

    public static SessionMessage Instruction(int number, string content) =>
        new(MessageType.Instruction, MessageDirection.ToAgent, $"to-{number}", number, Name, "r7/api", Now, content);

    public static SessionMessage Progress(int number, string content) =>
        new(MessageType.ProgressUpdate, MessageDirection.FromAgent, $"{number:0000}-progress_update", number, Name, null, null, content);

    /// <summary>A message as an agent writes it that says no more than it must.</summary>
    public void Say(int number, string content) => Put($"{number:0000}-progress_update.json", $$"""{"content": {{System.Text.Json.JsonSerializer.Serialize(content)}}}""");

    /// <summary>A file of the agent among its messages.</summary>
    public void Put(string name, string content) => File.WriteAllText(Path.Combine(Folder.FromAgent, name), content);

    /// <summary>Everything below a folder of the session: names from there with their content, links with where they lead.</summary>
    public IReadOnlyDictionary<string, string> Files(string below) => new DirectoryInfo(Path.Combine(Folder.Path, below))
        .EnumerateFiles("*", SearchOption.AllDirectories)
        .ToDictionary(
            file => Path.GetRelativePath(Path.Combine(Folder.Path, below), file.FullName),
            file => file.LinkTarget is { } target ? $"-> {target}" : Encoding.UTF8.GetString(File.ReadAllBytes(file.FullName)),
            StringComparer.Ordinal);

    public void Dispose() => Scratch.Delete(Root);
}
