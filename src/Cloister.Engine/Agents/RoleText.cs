namespace Cloister.Agents;

/// <summary>The words of a specialist, for whom they are meant.</summary>
internal static class RoleText
{
    /// <summary>The heading of what holds only for an agent that works by itself, in a workspace of its own.</summary>
    public const string IsolatedHeading = "# In isolation";

    /// <summary>The role for somebody who does the task in their own conversation and folder: all of it but that part.</summary>
    public static string ForCaller(string prompt)
    {
        var (kept, isolated) = (new List<string>(), false);
        foreach (var line in prompt.Split('\n'))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
                isolated = line.TrimEnd() == IsolatedHeading;
            if (!isolated)
                kept.Add(line);
        }
        return string.Join('\n', kept).TrimEnd();
    }
}
