using Cloister.Accounting;

namespace Cloister.Runs.Prompts;

/// <summary>What an engine has learned about how many tokens a text is, from the first turns of its agents.</summary>
internal sealed class ContextEstimates
{
    private TokenEstimator _estimator = TokenEstimator.Initial;

    /// <summary>As good as it is now.</summary>
    public TokenEstimator Estimator => Volatile.Read(ref _estimator);

    /// <summary>One first turn more.</summary>
    public void Learn(UsageObservation observation)
    {
        TokenEstimator known;
        do
        {
            known = Estimator;
        }
        while (Interlocked.CompareExchange(ref _estimator, known.With(observation), known) != known);
    }
}
