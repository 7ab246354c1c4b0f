using System.Text;

namespace Cloister.Plans.Syntax;

/// <summary>A place in a source, in UTF-16 units from its start.</summary>
internal readonly record struct SourceSpan(int Offset, int Length);

/// <summary>A text with the name it is shown under; finds lines and columns, and makes problems that point to them.</summary>
internal sealed class SourceText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<int> _lineStarts = [0];

    public SourceText(string? file, string text)
    {
        File = file;
        Text = text;
        for (var i = 0; i < text.Length; i++)
        {
            // A lone carriage return is a line break to YAML, and CRLF is one break.
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')))
                _lineStarts.Add(i + 1);
        }
    }

    public string? File { get; }

    public string Text { get; }

    /// <summary>Decodes bytes that claim to be text, or says in one problem why they are none.</summary>
    public static SourceText? Decode(string? file, ReadOnlySpan<byte> bytes, ICollection<PlanProblem> problems)
    {
        if (bytes.StartsWith([(byte)0xEF, (byte)0xBB, (byte)0xBF]))
            bytes = bytes[3..];
        if (bytes.StartsWith([(byte)0xFF, (byte)0xFE]) || bytes.StartsWith([(byte)0xFE, (byte)0xFF]) || bytes.IndexOf((byte)0) >= 0)
        {
            problems.Add(Placeless(file, "plan.encoding", "this is not a text in UTF-8", "save the file as UTF-8"));
            return null;
        }
        try
        {
            return new SourceText(file, Strict.GetString(bytes));
        }
        catch (DecoderFallbackException broken)
        {
            var before = new SourceText(file, Encoding.UTF8.GetString(bytes[..Math.Clamp(broken.Index, 0, bytes.Length)]));
            problems.Add(before.Problem(
                ProblemSeverity.Error, "plan.encoding", "a byte here is not UTF-8", new SourceSpan(before.Text.Length, 1), help: "save the file as UTF-8"));
            return null;
        }
    }

    /// <summary>A problem that has no place, such as a file that is not there.</summary>
    public static PlanProblem Placeless(string? file, string code, string message, string? help = null) =>
        new(ProblemSeverity.Error, code, message, file, 0, 0, 0, null, help, null);

    public PlanProblem Problem(
        ProblemSeverity severity, string code, string message, SourceSpan span, string? suggestion = null, string? help = null)
    {
        var (line, column) = Position(span.Offset);
        var source = LineText(line);
        // A long span is underlined to the end of its first line.
        var length = Math.Clamp(span.Length, 1, Math.Max(1, source.Length - column + 1));
        return new PlanProblem(severity, code, message, File, line, column, length, suggestion, help, source);
    }

    public (int Line, int Column) Position(int offset)
    {
        offset = Math.Clamp(offset, 0, Text.Length);
        var found = _lineStarts.BinarySearch(offset);
        var line = found >= 0 ? found : ~found - 1;
        return (line + 1, offset - _lineStarts[line] + 1);
    }

    public int Offset(int line, int column) =>
        line < 1 ? 0 : line > _lineStarts.Count ? Text.Length : Math.Min(Text.Length, _lineStarts[line - 1] + Math.Max(0, column - 1));

    private string LineText(int line)
    {
        var start = _lineStarts[line - 1];
        var end = line < _lineStarts.Count ? _lineStarts[line] : Text.Length;
        return Text[start..end].TrimEnd('\r', '\n');
    }
}
