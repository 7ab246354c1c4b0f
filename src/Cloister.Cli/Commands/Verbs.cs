namespace Cloister.Cli.Commands;

/// <summary>Every verb, one a line, in the order help shows them.</summary>
internal static class Verbs
{
    public static IReadOnlyList<(string Name, Func<Verb> Create)> All { get; } =
    [
        ("init", InitVerb.Create),
        ("check", CheckVerb.Create),
        ("run", RunVerb.Create),
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

        ("agent", AgentVerb.Create),
        ("doctor", DoctorVerb.Create),
        ("config", ConfigVerb.Create),
        ("demo", DemoVerb.Create),
        ("rehearse", RehearseVerb.Create),
        ("engine", EngineVerb.Create),
        ("mcp", McpVerb.Create),
        ("serve", ServeVerb.Create),
        ("schema", SchemaVerb.Create),
        ("completion", CompletionVerb.Create),
        ("version", VersionVerb.Create),
    ];

    /// <summary>Verbs that work and are not shown: for shells, and for whoever measures Cloister.</summary>
    public static IReadOnlyList<(string Name, Func<Verb> Create)> Unlisted { get; } =
    [
        (CompleteVerb.Name, CompleteVerb.Create),
        (BenchVerb.Name, BenchVerb.Create),
    ];

    /// <summary>The verb of a name; null when there is none.</summary>
    public static Func<Verb>? Find(string name)
    {
        foreach (var (known, create) in All.Concat(Unlisted))
        {
            if (known == name)
                return create;
        }
        return null;
    }
}
