namespace Cloister.Rehearsal;

/// <summary>A scenario that cannot be used: where, what is wrong, and what to write instead.</summary>
public sealed class ScenarioException : Exception
{
    internal ScenarioException(string source, int line, int column, string what, string? hint = null, Exception? inner = null)
        : base($"{source}:{line}:{column}: {what}", inner)
    {
        Source = source;
        Line = line;
        Column = column;
        What = what;
        Hint = hint;
    }

    /// <summary>The file's name, or the name the text was given.</summary>
    public override string? Source { get; set; }

    /// <summary>Line of the mistake, from 1.</summary>
    public int Line { get; }

    /// <summary>Column of the mistake, from 1.</summary>
    public int Column { get; }

    /// <summary>What is wrong, one sentence without the position.</summary>
    public string What { get; }

    /// <summary>What to write instead, or null.</summary>
    public string? Hint { get; }
}
