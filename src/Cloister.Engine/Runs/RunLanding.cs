using Cloister.Landing;

namespace Cloister.Runs;

/// <summary>Brings finished work together: diff, merge onto the run's integration branch, landing on the base.</summary>
internal sealed class RunLanding
{
    public Task<DiffReport> DiffAsync(RunView view, DiffRequest request, CancellationToken cancellationToken) => throw NotYet(view);

    public Task<MergeReport> MergeAsync(Orchestrator run, MergeRequest request, CancellationToken cancellationToken) => throw NotYet(run.View);

    public Task<LandReport> LandAsync(Orchestrator run, CancellationToken cancellationToken) => throw NotYet(run.View);

    private static CloisterException NotYet(RunView view) => new("landing.not_yet", $"{view.Id} cannot be landed by this version");
}
