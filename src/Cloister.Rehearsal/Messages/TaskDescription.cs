namespace Cloister.Rehearsal.Messages;

/// <summary>
/// The task's own words in the first message to an agent of ours, which stand between its role and what it shares with others. Of any other
/// message there are none.
/// </summary>
internal static class TaskDescription
{
    private const string Role = "# Agent Role: ";
    private const string Begin = "\n# Task Description\n";
    private const string End = "\n\n# Shared Context\n```json\n";

    public static string? In(string text)
    {
        if (!text.StartsWith(Role, StringComparison.Ordinal))
            return null;
        var begin = text.IndexOf(Begin, StringComparison.Ordinal);
        // The task may quote the layout; what is not quoted comes after it.
        var end = text.LastIndexOf(End, StringComparison.Ordinal);
        return begin >= 0 && end > begin ? text[(begin + Begin.Length)..end] : null;
    }
}
