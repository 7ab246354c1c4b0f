using System.Text;

namespace Cloister.Rehearsal.Scenarios;

/// <summary>A text with <c>${name}</c> in it; <c>$${</c> stands for a literal <c>${</c>.</summary>
internal sealed class Template
{
    private readonly IReadOnlyList<Part> _parts;

    private Template(IReadOnlyList<Part> parts) => _parts = parts;

    /// <summary>Names it asks for, so that an unknown one is refused when the scenario is read.</summary>
    public IEnumerable<string> Names => _parts.Where(p => p.IsName).Select(p => p.Text);

    public static Template Parse(string text)
    {
        var parts = new List<Part>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            if (text.AsSpan(i).StartsWith("$${"))
            {
                literal.Append("${");
                i += 3;
                continue;
            }
            var end = text.AsSpan(i).StartsWith("${") ? text.IndexOf('}', i) : -1;
            if (end < 0)
            {
                literal.Append(text[i++]);
                continue;
            }
            parts.Add(new Part(literal.ToString(), IsName: false));
            literal.Clear();
            parts.Add(new Part(text[(i + 2)..end], IsName: true));
            i = end + 1;
        }
        parts.Add(new Part(literal.ToString(), IsName: false));
        return new Template(parts);
    }

    public string Render(Func<string, string> valueOf) =>
        string.Concat(_parts.Select(p => p.IsName ? valueOf(p.Text) : p.Text));

    private readonly record struct Part(string Text, bool IsName);
}
