using Cloister.Cli.Following;
using Cloister.Cli.Output;
using Cloister.Runs;

namespace Cloister.Tests.Cli;

public sealed class LiveViewTests
{
    private static readonly RunView Run = MadeUpRuns.View(MadeUpRuns.LiveEvents);

    [Fact]
    public void what_needs_a_person_stands_first() => Assert.Equal(
        """
         add-oauth  r7   main@0123456 → cloister/add-oauth-r7   3/6 finished   $2.81 of $12.00 est   12m00s

         NEEDS YOU
         ! api      coder·opus-5     Bash: dotnet ef database update (q12)            waiting 2m00s
         ! ui       coder·sonnet-5   Which icon set? (q13)                            waiting 1m00s
         FAILED
         ✗ docs     coder·sonnet-5   check failed: markdownlint (exit code 1)         1m00s  $0.40
         READY FOR REVIEW
         ✓ schema   coder·sonnet-5   Added the ExternalLogin table and its migration  6m00s  $0.83
         QUEUED
         · migrate  coder            after api
         DONE
         ✓ callers  Explore·haiku-5  9 files call PasswordSignInAsync                 0m38s  $0.02

         cloister approve q12   cloister logs r7/docs   ctrl-c leave (agents go on)
        """,
        Shown(width: 110, height: 40));

    [Fact]
    public void a_small_screen_gives_up_who_before_what_before_figures_and_counts_what_it_cannot_show() => Assert.Equal(
        """
         add-oauth  r7   main@0123456 → cloister/…

         NEEDS YOU
         ! api      Bash: dotnet e…  waiting 2m00s
         … 9 more lines: cloister ps

         cloister approve q12   cloister logs r7/…
        """,
        Shown(width: 42, height: 7));

    [Fact]
    public void no_screen_is_too_small()
    {
        for (var width = 1; width < 60; width += 3)
        {
            for (var height = 1; height < 20; height++)
                Assert.All(Shown(width, height).Split('\n'), line => Assert.True(TextWidth.Of(line) <= width));
        }
    }

    [Fact]
    public void hostile_activity_moves_nothing()
    {
        var working = MadeUpRuns.View([.. MadeUpRuns.LiveEvents.SkipLast(1)]);

        var shown = Shown(working, width: 150, height: 40);

        Assert.Contains("⟨U+001B⟩[2J⟨U+001B⟩]52;c;cm0=⟨U+0007⟩Login⟨U+202E⟩.razor  5m00s  $0.42  ctx ▕███░░░░░░░▏ 31%", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', shown);
    }

    private static string Shown(int width, int height) => Shown(Run, width, height);

    private static string Shown(RunView run, int width, int height) =>
        string.Join('\n', LiveView.Lines(run, MadeUpRuns.Now, width, height, frame: 0).Select(line => line.ToString()));
}
