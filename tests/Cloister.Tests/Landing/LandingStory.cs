using Cloister.Landing;
using Cloister.Tests.Workspaces;
using Cloister.Workspaces;

namespace Cloister.Tests.Landing;

/// <summary>A project whose tasks did some work, ready to be brought together.</summary>
internal sealed class LandingStory : IAsyncDisposable
{
    private LandingStory(TemporaryProject project, GitRepository repository)
    {
        Project = project;
        Repository = repository;
        Content = ContentRepository.Over(repository, project.Root);
        Train = new MergeTrain(repository, Content);
        Lander = new Lander(repository, Content, Writes);
        Provider = new GitWorktree(project.Git, project.Root);
    }

    public TemporaryProject Project { get; }

    public GitRepository Repository { get; }

    public ContentRepository Content { get; }

    public MergeTrain Train { get; }

    public Lander Lander { get; }

    public CheckoutWrites Writes { get; } = new();

    public GitWorktree Provider { get; }

    public static async Task<LandingStory> BeginAsync()
    {
        var project = await TemporaryProject.InGitAsync();
        return new LandingStory(project, (await GitRepository.FindAsync(project.Git, project.Path, CancellationToken.None))!);
    }

    /// <summary>A task that writes files and is done.</summary>
    public Task<TrainCar> WorkAsync(string name, IReadOnlyDictionary<string, string?> files, params TrainCar[] needs) => WorkAsync(name, files, settles: false, needs);

    /// <summary>The same for one whose needs do not merge: it starts with their conflicts.</summary>
    public Task<TrainCar> SettleAsync(string name, IReadOnlyDictionary<string, string?> files, params TrainCar[] needs) => WorkAsync(name, files, settles: true, needs);

    public Task<TrainCar> SettleAsync(string name, string path, string text, params TrainCar[] needs) =>
        SettleAsync(name, new Dictionary<string, string?> { [path] = text }, needs);

    private async Task<TrainCar> WorkAsync(string name, IReadOnlyDictionary<string, string?> files, bool settles, TrainCar[] needs)
    {
        var request = Project.Request(name, [.. needs.Select(need => new NeededWork(need.Task, need.Commit))]) with { BaseCommit = Repository.HeadCommit, LayConflicts = settles };
        var workspace = await Provider.PrepareAsync(request, CancellationToken.None);
        foreach (var (path, text) in files)
        {
            if (text is null)
                File.Delete(Path.Combine(workspace.Path, path));
            else
                TemporaryProject.WriteIn(workspace.Path, path, text);
        }
        var snapshot = await Provider.SnapshotAsync(workspace, TemporaryProject.Attempt(name), name, CancellationToken.None);
        return new TrainCar(TemporaryProject.TaskOf(name), snapshot.Commit!, $"{name}: done");
    }

    public Task<TrainCar> WorkAsync(string name, string path, string text, params TrainCar[] needs) =>
        WorkAsync(name, new Dictionary<string, string?> { [path] = text }, needs);

    public Task<MergePreview> PreviewAsync(params TrainCar[] cars) => PreviewAsync(MergeStrategy.Squash, cars);

    public Task<MergePreview> PreviewAsync(MergeStrategy strategy, params TrainCar[] cars) =>
        Train.PreviewAsync("cloister/add-oauth", Repository.HeadCommit, cars, strategy, CancellationToken.None);

    public async Task<MergePreview> MergeAsync(params TrainCar[] cars)
    {
        var preview = await PreviewAsync(cars);
        Assert.Equal(AdvanceOutcome.Advanced, await Train.AdvanceAsync(preview.Branch, preview.ExpectedOld, preview.Result, CancellationToken.None));
        return preview;
    }

    public Task<LandResult> LandAsync(CancellationToken cancellationToken = default) => Lander.LandAsync("cloister/add-oauth", "main", "Land r7\n", cancellationToken);

    public ValueTask DisposeAsync() => Project.DisposeAsync();
}
