using System.Text;
using System.Text.Json.Serialization.Metadata;

namespace Cloister.Cli.Output;

/// <summary>Data for programs: as JSON, through <c>jq</c>, or line by line in a form that was asked for.</summary>
/// <param name="terminal">Where it goes.</param>
/// <param name="fields">Only these fields; empty: all.</param>
/// <param name="filter">A <c>jq</c> that is to see it first, or null.</param>
/// <param name="template">The form of a line, or null.</param>
internal sealed class DataWriter(Terminal terminal, IReadOnlyList<string> fields, JqFilter? filter, LineTemplate? template)
{
    private readonly StringBuilder _held = new();

    /// <summary>All there is to say.</summary>
    public void Whole<T>(T data, JsonTypeInfo<T> type) => Write(data, type, JsonOutput.Envelope);

    /// <summary>One of many.</summary>
    public void Line<T>(T data, JsonTypeInfo<T> type) => Write(data, type, JsonOutput.Line);

    /// <summary>What is held back for <c>jq</c> goes through it now.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (filter is null || _held.Length == 0)
            return;
        var json = _held.ToString();
        _held.Clear();
        Print(await filter.RunAsync(json, cancellationToken));
    }

    private void Write<T>(T data, JsonTypeInfo<T> type, Func<T, JsonTypeInfo<T>, IReadOnlyList<string>, string> write)
    {
        if (template is not null)
            Print(string.Join('\n', template.Lines(JsonOutput.Element(data, type))));
        else if (filter is not null)
            _held.Append(write(data, type, fields)).Append('\n');
        else
            terminal.PrintRaw(write(data, type, fields));
    }

    // Neither of the two keeps the escapes that make JSON harmless.
    private void Print(string text)
    {
        if (text.Length == 0)
            return;
        if (terminal.OutputIsTerminal)
            terminal.PrintText(text);
        else
            terminal.PrintRaw(text.TrimEnd('\n'));
    }
}
