using System.Text;

namespace Cloister.Landing;

/// <summary>Finds which lines of either side exclude each other, from a file with conflict markers.</summary>
internal static class ConflictRanges
{
    /// <summary>Reads the markers that name exactly these two commits; a file's own text may look like markers.</summary>
    public static IReadOnlyList<ConflictRange> Read(string text, string ours, string theirs)
    {
        var ranges = new List<ConflictRange>();
        var side = Side.Both;
        var (oursLine, theirsLine) = (1, 1);
        var (oursFirst, oursLast, theirsFirst) = (0, 0, 0);
        foreach (var line in Lines(text))
        {
            if (side == Side.Both && line.SequenceEqual(Marker('<', ours)))
            {
                (side, oursFirst) = (Side.Ours, oursLine);
            }
            else if (side == Side.Ours && line is "=======")
            {
                (side, oursLast, theirsFirst) = (Side.Theirs, oursLine - 1, theirsLine);
            }
            else if (side == Side.Theirs && line.SequenceEqual(Marker('>', theirs)))
            {
                side = Side.Both;
                ranges.Add(new ConflictRange(oursFirst, oursLast, theirsFirst, theirsLine - 1));
            }
            else
            {
                oursLine += side == Side.Theirs ? 0 : 1;
                theirsLine += side == Side.Ours ? 0 : 1;
            }
        }
        return ranges;
    }

    private static string Marker(char sign, string name) => new StringBuilder().Append(sign, 7).Append(' ').Append(name).ToString();

    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(line => line.TrimEnd('\r'));

    private enum Side
    {
        Both,
        Ours,
        Theirs,
    }
}
