using System.Text;
using Cloister.Processes;

namespace Cloister.Tests.Processes;

public sealed class NormalUserTests
{
    // nobody: a user without any right of its own.
    private const string User = "65534";

    [Fact]
    public async Task everything_here_works_for_a_normal_user_too()
    {
        Assert.SkipUnless(Libc.geteuid() == 0, "only root can become another user; these tests run as a normal user already");
        var folder = Directory.CreateTempSubdirectory("cloister-user-").FullName;
        try
        {
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
            var result = await ChildProcess.RunAsync(
                new ProcessCommand(
                    "setpriv",
                    [
                        "--reuid", User, "--regid", User, "--clear-groups", Path.Combine(AppContext.BaseDirectory, "Cloister.Tests"), "-noColor",
                        "-class", typeof(AttemptProcessTests).FullName!, "-class", typeof(StopTests).FullName!,
                        "-class", typeof(ChildProcessTests).FullName!, "-class", typeof(CrashTests).FullName!,
                    ])
                {
                    WorkingDirectory = folder,
                    Environment = new Dictionary<string, string>(FakeClaude.Environment) { ["TMPDIR"] = folder, ["HOME"] = folder },
                    Deadline = TimeSpan.FromMinutes(5),
                },
                TimeProvider.System, TestContext.Current.CancellationToken);
            var report = Encoding.UTF8.GetString(result.StandardOutput.Span);
            Assert.True(result.Succeeded && report.Contains("Failed: 0", StringComparison.Ordinal), report + result.StandardError);
        }
        finally
        {
            Scratch.Delete(folder);
        }
    }
}
