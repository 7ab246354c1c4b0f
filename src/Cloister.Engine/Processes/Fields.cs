using System.Text;

namespace Cloister.Processes;

/// <summary>
/// A file of fields <c>name=value</c>, each ended by NUL as in <c>/proc/self/environ</c>: nothing in a path or an argument has to be
/// escaped, and what was cut off is no field. People read it with <c>tr '\0' '\n'</c>.
/// </summary>
internal sealed class Fields
{
    private readonly List<string> _fields = [];

    public static Fields Read(ReadOnlySpan<byte> bytes)
    {
        var fields = new Fields();
        var text = Encoding.UTF8.GetString(bytes);
        for (int start = 0, end; (end = text.IndexOf('\0', start)) >= 0; start = end + 1)
            fields._fields.Add(text[start..end]);
        return fields;
    }

    /// <summary>Adds a field; null leaves it out. A name may come again: then it is a list.</summary>
    public Fields Add(string name, string? value)
    {
        if (value is null)
            return this;
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new CloisterException("process.argument", "a path, argument or variable holds a NUL character, which no program can receive");
        _fields.Add($"{name}={value}");
        return this;
    }

    /// <exception cref="FormatException">There is no such field.</exception>
    public string Text(string name) => TextOrNull(name) ?? throw new FormatException($"{name} is missing");

    public string? TextOrNull(string name) => _fields.Find(field => Is(field, name))?[(name.Length + 1)..];

    public List<string> All(string name) => _fields.FindAll(field => Is(field, name)).ConvertAll(field => field[(name.Length + 1)..]);

    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        foreach (var field in _fields)
            text.Append(field).Append('\0');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static bool Is(string field, string name) =>
        field.Length > name.Length && field[name.Length] == '=' && field.StartsWith(name, StringComparison.Ordinal);
}
