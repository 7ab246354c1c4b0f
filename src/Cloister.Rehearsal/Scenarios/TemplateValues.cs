namespace Cloister.Rehearsal.Scenarios;

/// <summary>What <c>${name}</c> may ask for in every answer; a rule's regular expressions add their groups.</summary>
internal static class TemplateValues
{
    public const string Prompt = "prompt";
    public const string Last = "last";
    public const string LastToolResult = "lastToolResult";
    public const string Turn = "turn";
    public const string TurnsTaken = "turnsTaken";
    public const string Session = "session";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> Always = [Prompt, Last, LastToolResult, Turn, TurnsTaken, Session];
}
