using Cloister.Processes;
using Cloister.Tests.Processes;

namespace Cloister.Tests.Support;

/// <summary>A file system of its own that is full when a test says so. Only root can make one: elsewhere the test is skipped.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string path) => Path = path;

    /// <summary>Where it is.</summary>
    public string Path { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <param name="size">What it holds, as mount takes it.</param>
    public static async Task<SmallDisk> MountAsync(string size)
    {
        var path = Directory.CreateTempSubdirectory("cloister-disk-").FullName;
        var mounted = OwnedFolder.CurrentUser == 0 && await RunAsync("mount", "-t", "tmpfs", "-o", $"size={size},mode=700", "tmpfs", path);
        if (mounted)
            return new SmallDisk(path);
        Scratch.Delete(path);
        Assert.Skip("only root can mount a small file system");
        throw new InvalidOperationException("skipped");
    }

    /// <summary>Leaves not one byte.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[4096];
        try
        {
            while (true)
                filler.Write(page);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Somebody tidies up.</summary>
    public void Free()
    {
        // A process that is just being started has our open files for a moment, and a deleted file takes room as long as one is open.
        using (var filler = File.OpenHandle(Filler, FileMode.Truncate, FileAccess.Write))
            RandomAccess.SetLength(filler, 0);
        File.Delete(Filler);
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", "--lazy", Path);
        Scratch.Delete(Path);
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        var command = new ProcessCommand(program, arguments)
        {
            WorkingDirectory = "/",
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin" },
            Deadline = TimeSpan.FromSeconds(20),
        };
        return (await ChildProcess.RunAsync(command, TimeProvider.System, CancellationToken.None)).Succeeded;
    }
}
