using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// A folder in which somebody else writes too, held open: what is done through it happens in this very folder, however the names that lead
/// to it are changed meanwhile, and no link in it is followed.
/// </summary>
internal sealed partial class HeldFolder : IDisposable
{
    private readonly SafeFileHandle _folder;

    private HeldFolder(SafeFileHandle folder, string name) => (_folder, Name) = (folder, name);

    /// <summary>Where it was when it was opened, for people.</summary>
    public string Name { get; }

    /// <summary>Holds a folder whose own path is trusted: a person may have put a link on the way to it.</summary>
    public static HeldFolder Open(string path) => Platform.IsSupported ? OpenOnLinux(path) : throw Platform.Unsupported("Holding a folder");

    /// <summary>The folder of this name in this one, made for its owner only when it is missing.</summary>
    /// <exception cref="CloisterException"><c>folder.impostor</c>: a link or a file stands under its name.</exception>
    public HeldFolder Enter(string name) => EnterOnLinux(name) ?? throw Impostor(name);

    /// <summary>As <see cref="Enter"/>, but what stands there and is no folder is given another name first: whoever put it there stops nobody.</summary>
    public HeldFolder EnterOrReplace(string name)
    {
        if (EnterOnLinux(name) is { } folder)
            return folder;
        for (var number = 1; number <= MostImpostors; number++)
        {
            var aside = $"{name}.not-a-folder-{number}";
            if (Exists(aside))
                continue;
            Rename(name, this, aside);
            return Enter(name);
        }
        throw Impostor(name);
    }

    /// <summary>The folder of this name when there is one; null also when it is something else.</summary>
    public HeldFolder? TryEnter(string name) => TryEnterOnLinux(name);

    /// <summary>The names in it, in no order, at most so many.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public IReadOnlyList<string> Names(int most)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(Path).Take(most).Select(path => System.IO.Path.GetFileName(path))];
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException($"{Name} cannot be read by its owner", refused);
        }
    }

    /// <summary>Whether something stands under the name, be it a link that leads nowhere.</summary>
    public bool Exists(string name) => OwnedFolder.Look(In(name)) is not null;

    /// <summary>Whether a real folder stands under the name.</summary>
    public bool IsFolder(string name) => OwnedFolder.Look(In(name)) is { IsFolder: true };

    /// <summary>A plain file's content, or why not, in words for people. Reads no more than one byte above the limit.</summary>
    public (byte[]? Content, string? WhyNot) TryRead(string name, int most)
    {
        var (file, whyNot) = FileBeneath.TryOpen(Path, name);
        using (file)
            return file is null ? (null, whyNot) : ReadAll(file, most);
    }

    /// <summary>
    /// Replaces the file in one step: a reader sees the old or the new one, whole. Not for two at a time on the same name. What a power
    /// failure leaves of it is to be written again.
    /// </summary>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        var temporary = $".{name}.tmp";
        using (var file = CreateOnLinux(temporary))
            RandomAccess.Write(file, content, fileOffset: 0);
        Rename(temporary, this, name);
    }

    /// <summary>The plain file of this name for reading and writing, made for its owner only when it is missing.</summary>
    /// <exception cref="IOException">Something else stands there, or the disk fails.</exception>
    public SafeFileHandle OpenForUpdate(string name) => OpenForUpdateOnLinux(name);

    /// <summary>Gives what stands under the name, a link too, another name in the same or another folder, in place of what is there.</summary>
    /// <exception cref="IOException">There is nothing under the name any more, or the disk fails.</exception>
    public void Rename(string name, HeldFolder target, string newName) => RenameOnLinux(name, target, newName);

    /// <summary>Lets go of the folder.</summary>
    public void Dispose() => _folder.Dispose();

    // Whoever renames that often is at war with us, and the message says with whom.
    private const int MostImpostors = 16;

    private static (byte[]? Content, string? WhyNot) ReadAll(SafeFileHandle file, int most)
    {
        var expected = RandomAccess.GetLength(file);
        if (expected > most)
            return (null, TooLarge(most));
        // One byte more than there should be: it may have grown since.
        var buffer = new byte[expected + 1];
        var length = 0;
        while (RandomAccess.Read(file, buffer.AsSpan(length), length) is > 0 and var read)
        {
            length += read;
            if (length > most)
                return (null, TooLarge(most));
            if (length == buffer.Length)
                Array.Resize(ref buffer, Math.Min(2 * length, most + 1));
        }
        return (buffer[..length], null);
    }

    private static string TooLarge(int most) => $"it is larger than {most / 1024} kB";

    private CloisterException Impostor(string name) => new(
        "folder.impostor", $"{System.IO.Path.Combine(Name, name)} is a link or a file where Cloister keeps a folder", "move it away, and look who put it there");

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
