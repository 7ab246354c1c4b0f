namespace Cloister.Cli.Commands;

/// <summary>Every verb, one a line, in the order help shows them.</summary>
internal static class Verbs
{
    public static IReadOnlyList<(string Name, Func<Verb> Create)> All { get; } =
    [
        ("run", RunVerb.Create),
        ("check", CheckVerb.Create),
        ("spawn", SpawnVerb.Create),

        ("ps", PsVerb.Create),
        ("watch", WatchVerb.Create),
        ("show", ShowVerb.Create),
        ("logs", LogsVerb.Create),
        ("events", EventsVerb.Create),
        ("wait", WaitVerb.Create),

        ("inbox", InboxVerb.Create),
        ("answer", AnswerVerb.Create),
        ("approve", ApproveVerb.Create),
        ("deny", DenyVerb.Create),
        ("send", SendVerb.Create),

        ("pause", PauseVerb.Create),
        ("resume", ResumeVerb.Create),
        ("stop", StopVerb.Create),
        ("retry", RetryVerb.Create),
        ("extend", ExtendVerb.Create),

        ("diff", DiffVerb.Create),
        ("merge", MergeVerb.Create),
        ("land", LandVerb.Create),

        ("cost", CostVerb.Create),

        ("rm", RmVerb.Create),
        ("restore", RestoreVerb.Create),
        ("gc", GcVerb.Create),

        ("config", ConfigVerb.Create),
        ("engine", EngineVerb.Create),
        ("schema", SchemaVerb.Create),
        ("version", VersionVerb.Create),
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
