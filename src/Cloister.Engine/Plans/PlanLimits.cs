namespace Cloister.Plans;

/// <summary>How large a plan may be; beyond these it is a mistake or an attack, not a plan.</summary>
internal static class PlanLimits
{
    /// <summary>One person can still read it; a prompt that is longer belongs into a file of its own.</summary>
    public const int DocumentBytes = 1024 * 1024;

    /// <summary>About half of the largest context window in tokens; more cannot be answered anyway.</summary>
    public const int PromptBytes = 2 * 1024 * 1024;

    /// <summary>No person nests deeper, and every later reader of the tree may recurse safely.</summary>
    public const int Depth = 64;

    /// <summary>Room for 1,000 tasks with fifty values each.</summary>
    public const int Nodes = 50_000;

    /// <summary>What a scheduler decision is measured against; copies made by a matrix count.</summary>
    public const int Tasks = 1_000;

    /// <summary>Levels of a result schema: a JSON reader takes 64, and the journal's records need some around it.</summary>
    public const int ResultSchemaDepth = 40;

    /// <summary>One screen line; anything longer is a prompt.</summary>
    public const int TitleLength = 200;

    /// <summary>Errors shown at once; after that the first ones have to be fixed anyway.</summary>
    public const int Problems = 100;

    /// <summary>Entries of one list of files, commands or words.</summary>
    public const int ListItems = 1_000;

    /// <summary>A text of one line: a command, a path, a name.</summary>
    public const int LineLength = 4_096;

    /// <summary>Our own patterns are linear; this only says so to the runtime.</summary>
    public const int PatternMilliseconds = 1_000;
}
