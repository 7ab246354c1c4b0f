namespace Cloister.Server.Mcp.Callers;

/// <summary>The name under which Claude Code keeps the conversations of a folder.</summary>
internal static class TranscriptFolder
{
    // As in 2.1.197 and 2.1.329: what is longer is cut and told apart by a hash.
    private const int Longest = 200;
    private const int Digits = 36;

    /// <summary>The name for a project's folder.</summary>
    public static string NameOf(string project)
    {
        var name = string.Concat(project.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));
        return name.Length <= Longest ? name : $"{name[..Longest]}-{InBase36(Math.Abs((long)Hash(project)))}";
    }

    private static int Hash(string text) => text.Aggregate(0, (hash, letter) => unchecked((hash << 5) - hash + letter));

    private static string InBase36(long number)
    {
        var digits = "";
        do
        {
            var digit = (int)(number % Digits);
            digits = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10) + digits;
            number /= Digits;
        }
        while (number > 0);
        return digits;
    }
}
