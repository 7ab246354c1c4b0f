namespace Cloister.Landing;

/// <summary>How bringing a branch to its base ended; only <see cref="Landed"/> changed anything.</summary>
internal abstract record LandResult
{
    private LandResult()
    {
    }

    /// <summary>The base branch is at the commit now.</summary>
    /// <param name="Commit">Where it is.</param>
    /// <param name="UpdatedCheckout">The folder whose files were updated with it, or null when the branch is checked out nowhere.</param>
    public sealed record Landed(string Commit, string? UpdatedCheckout) : LandResult;

    /// <summary>The base branch holds all of it already.</summary>
    public sealed record AlreadyLanded(string Commit) : LandResult;

    /// <summary>Both sides changed these files.</summary>
    public sealed record Conflict(IReadOnlyList<string> Paths) : LandResult;

    /// <summary>The user's checkout of the base branch is in the way.</summary>
    /// <param name="Why">One sentence.</param>
    /// <param name="Paths">The files it is about.</param>
    /// <param name="Remedy">What to do about it; null: the usual.</param>
    public sealed record Refused(string Why, IReadOnlyList<string> Paths, string? Remedy = null) : LandResult;

    /// <summary>Someone moved the base branch meanwhile.</summary>
    public sealed record MovedMeanwhile : LandResult;
}
