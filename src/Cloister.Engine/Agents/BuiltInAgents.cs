namespace Cloister.Agents;

/// <summary>The agents that are there without any file.</summary>
internal static class BuiltInAgents
{
    public const string Source = "built-in";
    public const string CoderName = "coder";
    public const string ImplementerName = "implementer";

    private const string ExploreName = "Explore";

    private static readonly string[] ReadOnly = ["Read", "Glob", "Grep"];

    /// <summary>Their names; none of them is read for that.</summary>
    public static readonly IReadOnlyList<string> Names = [.. SpecialistTemplate.Names, CoderName, ExploreName];

    /// <summary>The implementer under the name that plans use.</summary>
    public static AgentDefinition Coder => SpecialistTemplate.BuiltIn(ImplementerName) with { Name = CoderName };

    /// <summary>The agent of one of <see cref="Names"/>.</summary>
    public static AgentEntry Read(string name) => name switch
    {
        CoderName => new AgentEntry(Coder, AgentOrigin.BuiltIn, ImplementerName),
        ExploreName => new AgentEntry(Explore, AgentOrigin.BuiltIn, SameAs: null),
        _ => new AgentEntry(SpecialistTemplate.BuiltIn(name), AgentOrigin.BuiltIn, SameAs: null),
    };

    private static AgentDefinition Explore => new(
        ExploreName,
        "Finds its way through a code base and answers a question about it; changes nothing",
        """
        You explore this code base to answer a question and change nothing.
        Search widely first, then read what matters. Answer with file paths and line numbers, and say what you did not find.
        At the end call done with the answer in one or two sentences.
        """,
        ReadOnly, [], null, null, null, Source);
}
