using Cloister.Landing;
using Cloister.Tests.Workspaces;
using Cloister.Workspaces;

namespace Cloister.Tests.Landing;

public sealed class LanderTests
{
    [Fact]
    public async Task a_clean_checkout_of_the_base_moves_with_it()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", new Dictionary<string, string?> { ["src/app.txt"] = "new\n", ["readme.md"] = null, ["deep/new.txt"] = "n\n" }));
        story.Project.Write("mine.txt", "untracked\n");

        var landed = Assert.IsType<LandResult.Landed>(await story.LandAsync());

        Assert.Equal(new LandResult.Landed(await story.Project.GitAsync("rev-parse", "main"), story.Repository.Root), landed);
        Assert.Equal("?? mine.txt", await story.Project.GitAsync("status", "--porcelain"));
        Assert.Equal("n\n", File.ReadAllText(Path.Combine(story.Project.Path, "deep/new.txt")));
        Assert.IsType<LandResult.AlreadyLanded>(await story.LandAsync());
    }

    [Fact]
    public async Task uncommitted_changes_elsewhere_stay_as_they_are()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", "src/app.txt", "new\n"));
        story.Project.Write("readme.md", "my own change\n");
        story.Project.Write("staged.txt", "staged\n");
        await story.Project.GitAsync("add", "staged.txt");

        Assert.IsType<LandResult.Landed>(await story.LandAsync());

        Assert.Equal(" M readme.md\nA  staged.txt", await story.Project.GitAsync("status", "--porcelain"));
        Assert.Equal("new\n", File.ReadAllText(Path.Combine(story.Project.Path, "src/app.txt")));
    }

    [Theory]
    [InlineData("echo mine > src/app.txt", "src/app.txt")]
    [InlineData("echo mine > src/app.txt && git add src/app.txt", "src/app.txt")]
    [InlineData("git rm -q src/app.txt", "src/app.txt")]
    [InlineData("rm src/app.txt", "src/app.txt")]
    [InlineData("echo mine > new.txt", "new.txt")]
    [InlineData("echo mine > ignored.tmp", "ignored.tmp")]
    [InlineData("echo '* filter=lfs' > .gitattributes && git add -A && git commit -qm lfs && git update-ref refs/heads/cloister/add-oauth $(git commit-tree -p HEAD -m x $(echo changed > a.lfs && git add a.lfs && git write-tree)) && git rm -qf --cached a.lfs && rm a.lfs", "a.lfs")]
    public async Task what_the_user_would_lose_is_refused_and_untouched(string script, string file)
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", new Dictionary<string, string?> { ["src/app.txt"] = "new\n", ["new.txt"] = "n\n", ["ignored.tmp"] = "i\n", [".gitignore"] = "" }));
        if (script.Contains("ignored", StringComparison.Ordinal))
            await story.Project.ShellAsync(story.Project.Path, "git update-index --assume-unchanged .gitignore");
        var prepared = await story.Project.ShellAsync(story.Project.Path, script);
        Assert.True(prepared.Succeeded, prepared.StandardError);
        var before = await UserState.OfAsync(story.Project);

        var refused = Assert.IsType<LandResult.Refused>(await story.LandAsync());

        Assert.Contains(file, refused.Paths);
        Assert.Equal(before, await UserState.OfAsync(story.Project));
    }

    [Fact]
    public async Task an_unfinished_merge_of_the_user_is_not_disturbed()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", "new.txt", "new\n"));
        await story.Project.ShellAsync(story.Project.Path, "git rev-parse HEAD > .git/MERGE_HEAD");

        Assert.Contains("MERGE_HEAD", Assert.IsType<LandResult.Refused>(await story.LandAsync()).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_lock_that_a_killed_git_left_in_the_checkout_is_named_and_left_to_its_owner()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", "new.txt", "new\n"));
        story.Project.Write(".git/index.lock", "");
        var before = await UserState.OfAsync(story.Project);
        var held = Path.Combine(story.Repository.Root, ".git", "index.lock");

        var refused = Assert.IsType<LandResult.Refused>(await story.LandAsync());

        Assert.Equal([held], refused.Paths);
        Assert.Contains($"rm '{held}'", refused.Remedy, StringComparison.Ordinal);
        Assert.True(File.Exists(held));
        Assert.Equal(before, await UserState.OfAsync(story.Project));
        File.Delete(held);
        Assert.IsType<LandResult.Landed>(await story.LandAsync());
    }

    [Fact]
    public async Task a_base_that_went_on_gets_a_merge_commit()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", "new.txt", "new\n"));
        story.Project.Write("own.txt", "own\n");
        await story.Project.CommitAsync("the user goes on");

        Assert.IsType<LandResult.Landed>(await story.LandAsync());

        Assert.Equal("Land r7", await story.Project.GitAsync("log", "-1", "--format=%s", "main"));
        Assert.Equal("own\n", File.ReadAllText(Path.Combine(story.Project.Path, "own.txt")));
        Assert.Equal("", await story.Project.GitAsync("status", "--porcelain"));
    }

    [Fact]
    public async Task a_conflict_with_the_base_changes_nothing()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", "src/app.txt", "theirs\n"));
        story.Project.Write("src/app.txt", "mine\n");
        await story.Project.CommitAsync("the user goes on");
        var before = await UserState.OfAsync(story.Project);

        var conflict = Assert.IsType<LandResult.Conflict>(await story.LandAsync());

        Assert.Equal(["src/app.txt"], conflict.Paths);
        Assert.Equal(before, await UserState.OfAsync(story.Project));
    }

    [Fact]
    public async Task a_base_that_nobody_has_checked_out_just_moves()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", "new.txt", "new\n"));
        await story.Project.GitAsync("checkout", "-q", "-b", "elsewhere");

        var landed = Assert.IsType<LandResult.Landed>(await story.LandAsync());

        Assert.Null(landed.UpdatedCheckout);
        Assert.False(File.Exists(Path.Combine(story.Project.Path, "new.txt")));
        Assert.Equal(landed.Commit, await story.Project.GitAsync("rev-parse", "main"));
    }

    [Fact]
    public async Task landing_that_stopped_before_the_branch_moved_is_finished_by_landing_again()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", new Dictionary<string, string?> { ["src/app.txt"] = "new\n", ["new.txt"] = "n\n" }));
        await story.Project.GitAsync("read-tree", "-m", "-u", "main", "cloister/add-oauth");

        Assert.IsType<LandResult.Landed>(await story.LandAsync());

        Assert.Equal("", await story.Project.GitAsync("status", "--porcelain"));
    }

    [Fact]
    public async Task a_landing_that_has_begun_is_done_although_its_asker_leaves_and_the_engine_waits_for_it()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", "src/app.txt", "new\n"));
        var slow = await SlowGitAsync(story);
        var repository = (await GitRepository.FindAsync(slow, story.Project.Path, CancellationToken.None))!;
        var lander = new Lander(repository, ContentRepository.Over(repository, story.Project.Root), story.Writes);
        using var asker = new CancellationTokenSource();
        var landing = lander.LandAsync("cloister/add-oauth", "main", "Land r7\n", asker.Token);
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(story.Project.Folder, "begun")));

        await asker.CancelAsync();
        var closed = story.Writes.CloseAsync();
        Assert.False(closed.IsCompleted);
        File.WriteAllText(Path.Combine(story.Project.Folder, "go"), "");

        Assert.IsType<LandResult.Landed>(await landing);
        await closed;
        Assert.Equal("", await story.Project.GitAsync("status", "--porcelain"));
        Assert.Equal("engine.stopping", Assert.Throws<CloisterException>(story.Writes.Begin).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("echo new > src/app.txt; echo n > new.txt")]
    [InlineData("rm src/app.txt")]
    [InlineData("printf ne > src/app.txt")]
    [InlineData("echo new > src/app.txt; mkdir -p deep/er; printf '' > deep/er/new.txt; rm readme.md")]
    public async Task a_landing_whose_git_was_killed_in_the_middle_is_put_back_and_done_again(string done)
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync(
            "ui", new Dictionary<string, string?> { ["src/app.txt"] = "new\n", ["new.txt"] = "n\n", ["deep/er/new.txt"] = "n\n", ["readme.md"] = null }));
        await CutOffAsync(story, done);
        story.Project.Write("mine.txt", "untracked\n");

        Assert.IsType<LandResult.Landed>(await story.LandAsync());

        Assert.Equal("?? mine.txt", await story.Project.GitAsync("status", "--porcelain"));
        Assert.Equal("n\n", File.ReadAllText(Path.Combine(story.Project.Path, "deep/er/new.txt")));
        await story.Project.GitAsync("checkout", "-q", "-b", "nothing-is-locked");
    }

    [Fact]
    public async Task what_a_person_changed_after_a_landing_was_cut_off_is_named_and_left_alone()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", new Dictionary<string, string?> { ["src/app.txt"] = "new\n", ["new.txt"] = "n\n" }));
        await CutOffAsync(story, "echo n > new.txt; echo mine > src/app.txt");

        var refused = Assert.IsType<LandResult.Refused>(await story.LandAsync());

        Assert.Equal(["src/app.txt"], refused.Paths);
        Assert.Contains($"git -C '{story.Repository.Root}' checkout -- FILES", refused.Remedy, StringComparison.Ordinal);
        Assert.Equal("mine\n", File.ReadAllText(Path.Combine(story.Project.Path, "src/app.txt")));
        await story.Project.GitAsync("checkout", "--", "src/app.txt");
        Assert.IsType<LandResult.Landed>(await story.LandAsync());
        Assert.Equal("", await story.Project.GitAsync("status", "--porcelain"));
    }

    // As a kill leaves it: noted, the index locked, and some of the files written.
    private static async Task CutOffAsync(LandingStory story, string done)
    {
        var note = new LandingNote(await story.Project.GitAsync("rev-parse", "main"), await story.Project.GitAsync("rev-parse", "cloister/add-oauth"));
        note.Write(story.Content, story.Repository.Root);
        var ended = await story.Project.ShellAsync(story.Project.Path, "touch .git/index.lock; " + done);
        Assert.True(ended.Succeeded, ended.StandardError);
    }

    private static async Task<Git> SlowGitAsync(LandingStory story)
    {
        var program = Path.Combine(story.Project.Folder, "slow-git");
        var script = $"""
            #!/bin/sh
            case "$*" in *"read-tree -m -u"*)
              touch '{story.Project.Folder}/begun'
              while [ ! -e '{story.Project.Folder}/go' ]; do sleep 0.02; done;;
            esac
            exec {story.Project.Git.Executable} "$@"

            """;
        await File.WriteAllTextAsync(program, script);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new Git(program, story.Project.Git.Version, story.Project.Git.Time);
    }

    [Fact]
    public async Task hooks_do_not_run_on_landing()
    {
        await using var story = await LandingStory.BeginAsync();
        await story.MergeAsync(await story.WorkAsync("ui", "new.txt", "new\n"));
        await story.Project.ShellAsync(
            story.Project.Path,
            "for h in post-checkout post-merge reference-transaction post-index-change; do printf '#!/bin/sh\\ntouch ../canary-'$h'\\n' > .git/hooks/$h; chmod 755 .git/hooks/$h; done; git config core.fsmonitor 'touch ../canary-fsmonitor; false'");

        Assert.IsType<LandResult.Landed>(await story.LandAsync());

        Assert.Empty(Directory.EnumerateFiles(story.Project.Folder, "canary*"));
    }
}
