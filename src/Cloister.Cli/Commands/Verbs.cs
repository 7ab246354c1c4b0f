namespace Cloister.Cli.Commands;

/// <summary>Every verb, one a line, in the order help shows them.</summary>
internal static class Verbs
{
    public static IReadOnlyList<(string Name, Func<Verb> Create)> All { get; } =
    [
        ("ps", PsCommand.Create),
        ("engine", EngineCommand.Create),
        ("version", VersionCommand.Create),
    ];

    public static Func<Verb>? Find(string name)
    {
        foreach (var (known, create) in All)
        {
            if (known == name)
                return create;
        }
        return null;
    }
}
