namespace Cloister.Briefing;

/// <summary>What an agent is told, within its limit.</summary>
/// <param name="Text">All of it.</param>
/// <param name="Tokens">Its tokens, estimated.</param>
/// <param name="Parts">Its parts and their sizes, in order.</param>
internal sealed record ComposedContext(string Text, long Tokens, IReadOnlyList<PartSize> Parts)
{
    /// <summary>What gave way, to be said to the person: nothing is left out unseen.</summary>
    public IEnumerable<PartSize> Trimmed => Parts.Where(part => part.LeftOut > 0);
}

/// <summary>How large a part is.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Tokens">Tokens that are sent, estimated.</param>
/// <param name="LeftOut">Tokens that gave way, estimated.</param>
internal sealed record PartSize(string Name, long Tokens, long LeftOut);
