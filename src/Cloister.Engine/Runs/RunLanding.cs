using Cloister.Landing;
namespace Cloister.Runs;
internal sealed class RunLanding
{
    public Task<DiffReport> DiffAsync(RunView view, DiffRequest request, CancellationToken c) => throw new CloisterException("x","y");
    public Task<MergeReport> MergeAsync(Orchestrator run, MergeRequest request, CancellationToken c) => throw new CloisterException("x","y");
    public Task<LandReport> LandAsync(Orchestrator run, CancellationToken c) => throw new CloisterException("x","y");
}
