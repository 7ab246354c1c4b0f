using Cloister.SessionFiles;

namespace Cloister.Tests.SessionFiles;

/// <summary>An agent that changes the folder under our hands: whatever it wins, nothing is read or written elsewhere.</summary>
public sealed class HostileAgentTests : IDisposable
{
    private readonly SessionScratch _scratch = new();
    private readonly string _elsewhere;

    public HostileAgentTests()
    {
        _elsewhere = Directory.CreateDirectory(Path.Combine(_scratch.Root, "elsewhere")).FullName;
        File.WriteAllText(Path.Combine(_elsewhere, "0001-error.json"), """{"content": "secret"}""");
        File.WriteAllText(Path.Combine(_elsewhere, "summary.md"), "secret");
    }

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("communication")]
    [InlineData("communication/from_agent")]
    [InlineData("communication/to_agent")]
    [InlineData("results")]
    [InlineData("progress")]
    public async Task swapping_a_folder_for_a_link_all_the_time_leads_nowhere(string name)
    {
        using var over = new CancellationTokenSource();
        _scratch.Folder.Create();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var swapping = Task.Factory.StartNew(() => Swap(Path.Combine(_scratch.Folder.Path, name), began, over.Token), over.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await began.Task;
        var done = 0;
        for (var number = 1; number <= 60; number++)
            done += Try(number) ? 1 : 0;
        await over.CancelAsync();
        Assert.NotEqual(0, await swapping);

        Assert.Equal(["0001-error.json", "summary.md"], Directory.GetFileSystemEntries(_elsewhere).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(done > 0, "nothing ever worked");
    }

    private bool Try(int number)
    {
        try
        {
            var box = _scratch.Box();
            box.Write(SessionScratch.Instruction(number, "go"));
            foreach (var incoming in box.Look().Messages)
            {
                Assert.NotEqual("secret", incoming.Message.Content);
                box.MarkTaken(incoming.Key);
            }
            new ProgressFolder(_scratch.Folder).Write(new HandOver("t", "a", $"Why {number}.", SessionScratch.Now, null, [], null));
            Assert.NotEqual("secret", new ResultsFolder(_scratch.Folder).Read().Summary);
            new ResultsFolder(_scratch.Folder).WriteSummary($"{number}");
            return true;
        }
        catch (IOException)
        {
            // It won this time; the next look is another chance.
            return false;
        }
        catch (CloisterException refused)
        {
            Assert.Equal("folder.impostor", refused.Code);
            return false;
        }
    }

    // Folder and link take turns under the name, as fast as it goes.
    private int Swap(string folder, TaskCompletionSource began, CancellationToken over)
    {
        var swaps = 0;
        while (!over.IsCancellationRequested)
        {
            try
            {
                Directory.Move(folder, $"{folder}.mine-{swaps}");
                Directory.CreateSymbolicLink(folder, _elsewhere);
                swaps++;
                began.TrySetResult();
                File.Delete(folder);
                Directory.Move($"{folder}.mine-{swaps - 1}", folder);
            }
            catch (Exception lost) when (lost is IOException or UnauthorizedAccessException)
            {
                // Put aside or made anew meanwhile.
            }
        }
        return swaps;
    }
}
