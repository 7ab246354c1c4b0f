namespace Cloister.Briefing;

/// <summary>One part of what an agent is told.</summary>
/// <param name="Name">What people call it, in messages about its size.</param>
/// <param name="Heading">Its line, with its <c>#</c>.</param>
/// <param name="Text">What stands below; empty when the line says it all.</param>
/// <param name="Priority">Parts of lower priority give way first.</param>
/// <param name="GivesWay">How it gives way.</param>
internal sealed record BriefingPart(string Name, string Heading, string Text, int Priority, GivesWay GivesWay)
{
    /// <summary>The part as it is sent.</summary>
    public string Rendered => Text.Length == 0 ? $"{Heading}\n" : $"\n{Heading}\n{Text}\n";
}

/// <summary>How a part gives way when everything together is too large.</summary>
internal enum GivesWay
{
    /// <summary>Not at all: without it the task would be another one.</summary>
    Never,

    /// <summary>Its end is cut off.</summary>
    ByItsEnd,

    /// <summary>As a whole: half of it would be worth nothing.</summary>
    AsAWhole,
}
