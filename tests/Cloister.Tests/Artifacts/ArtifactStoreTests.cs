using System.Security.Cryptography;
using System.Text;
using Cloister.Artifacts;
using Cloister.Processes;

namespace Cloister.Tests.Artifacts;

public sealed class ArtifactStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    private readonly string _root = Directory.CreateTempSubdirectory("cloister-artifacts-").FullName;
    private readonly ArtifactStore _store;

    public ArtifactStoreTests()
    {
        Directory.CreateDirectory(Workspace);
        _store = new ArtifactStore(Path.Combine(_root, "state", "artifacts"));
    }

    private string Workspace => Path.Combine(_root, "work");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => new DirectoryInfo(_root).Delete(recursive: true);

    private Task<(Artifact? Kept, string? WhyNot)> KeepAsync(string path) => _store.KeepAsync(Workspace, path, Now, Cancel);

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Workspace, path))!);
        File.WriteAllText(Path.Combine(Workspace, path), content);
    }

    private static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    [Theory]
    [InlineData("docs/report.md")]
    [InlineData("./docs/../docs/report.md")]
    [InlineData("{work}/docs/report.md")]
    public async Task a_file_is_kept_under_its_content(string path)
    {
        Write("docs/report.md", "all is well");

        var (kept, whyNot) = await KeepAsync(path.Replace("{work}", Workspace, StringComparison.Ordinal));

        Assert.Equal((new Artifact("docs/report.md", "text/markdown", Hash("all is well"), 11, Now), null), (kept, whyNot));
        Assert.Equal("all is well", await File.ReadAllTextAsync(_store.PathOf(kept!.Sha256), Cancel));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_store.PathOf(kept.Sha256)));
    }

    [Fact]
    public async Task the_same_content_is_there_once_and_what_was_kept_never_changes()
    {
        Write("a.txt", "one");
        Write("b.txt", "one");
        var a = await KeepAsync("a.txt");
        var b = await KeepAsync("b.txt");
        Write("a.txt", "two");
        var later = await KeepAsync("a.txt");

        Assert.Equal(a.Kept!.Sha256, b.Kept!.Sha256);
        Assert.Equal("one", Encoding.UTF8.GetString((await _store.ReadAsync(a.Kept.Sha256, 0, Cancel)).Content));
        Assert.Equal("two", Encoding.UTF8.GetString((await _store.ReadAsync(later.Kept!.Sha256, 0, Cancel)).Content));
        Assert.Equal(new ArtifactTotal(2, 6), _store.Measure());
    }

    [Theory]
    [InlineData("../secret", "it is outside of the workspace")]
    [InlineData("{root}/secret", "it is outside of the workspace")]
    [InlineData("/etc/passwd", "it is outside of the workspace")]
    [InlineData("link", "a link leads to it")]
    [InlineData("folder-link/secret", "a link leads to it")]
    [InlineData("inner-link/b", "a link leads to it")]
    [InlineData("hard", "it has another name elsewhere (a hard link)")]
    [InlineData("pipe", "it is no plain file")]
    [InlineData("folder", "it is a folder")]
    [InlineData(".", "it is a folder")]
    [InlineData("nowhere/at/all", "there is no such file")]
    [InlineData("", "that is no path")]
    [InlineData("a\0b", "that is no path")]
    public async Task what_is_no_plain_file_of_the_workspace_is_refused(string path, string why)
    {
        var secret = Path.Combine(_root, "secret");
        File.WriteAllText(secret, "secret");
        Write("folder/b", "b");
        File.CreateSymbolicLink(Path.Combine(Workspace, "link"), secret);
        Directory.CreateSymbolicLink(Path.Combine(Workspace, "folder-link"), _root);
        Directory.CreateSymbolicLink(Path.Combine(Workspace, "inner-link"), "folder");
        await RunAsync("ln", secret, Path.Combine(Workspace, "hard"));
        await RunAsync("mkfifo", Path.Combine(Workspace, "pipe"));

        Assert.Equal((null, why), await KeepAsync(path.Replace("{root}", _root, StringComparison.Ordinal)));
        Assert.Equal(default, _store.Measure());
    }

    [Fact]
    public async Task a_file_that_is_too_large_is_refused_and_leaves_nothing()
    {
        using (var file = File.Create(Path.Combine(Workspace, "huge")))
            file.SetLength(ArtifactStore.LargestFile + 1);

        Assert.Equal((null, "it is larger than 256 MB"), await KeepAsync("huge"));
        Assert.Empty(Directory.Exists(Path.Combine(_root, "state")) ? Directory.GetFiles(Path.Combine(_root, "state"), "*", SearchOption.AllDirectories) : []);
    }

    [Fact]
    public async Task a_store_that_leads_elsewhere_is_not_written_to()
    {
        Write("a.txt", "one");
        var elsewhere = Directory.CreateDirectory(Path.Combine(_root, "elsewhere")).FullName;
        Directory.CreateDirectory(Path.Combine(_root, "state"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "state", "artifacts"), elsewhere);

        Assert.Equal((null, $"{_root}/state/artifacts is not a folder of this user's own"), await KeepAsync("a.txt"));
        Assert.Empty(Directory.GetFileSystemEntries(elsewhere));
    }

    [Fact]
    public async Task what_a_crash_left_half_copied_is_forgotten()
    {
        Write("a.txt", "one");
        var kept = (await KeepAsync("a.txt")).Kept!;
        var draft = Path.Combine(_root, "state", "artifacts", "incoming", "draft");
        File.WriteAllText(draft, "ha");

        _store.ForgetUnfinished();

        Assert.Equal((false, true), (File.Exists(draft), File.Exists(_store.PathOf(kept.Sha256))));
    }

    [Fact]
    public async Task a_content_that_is_gone_is_said()
    {
        var gone = await Assert.ThrowsAsync<CloisterException>(() => _store.ReadAsync(Hash("never"), 0, Cancel));

        Assert.Equal("artifact.missing", gone.Code);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(
            new ProcessCommand(program, arguments)
            {
                WorkingDirectory = "/",
                Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/bin:/bin" },
                Deadline = TimeSpan.FromSeconds(10),
            },
            TimeProvider.System,
            Cancel);
        Assert.True(result.Succeeded, result.StandardError);
    }
}
