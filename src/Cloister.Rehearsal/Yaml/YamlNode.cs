namespace Cloister.Rehearsal.Yaml;

/// <summary>Where something stands in a YAML text, from 1.</summary>
internal readonly record struct YamlPosition(int Line, int Column);

/// <summary>A YAML value with its position, so that every complaint can say where.</summary>
internal abstract record YamlNode(YamlPosition Position)
{
    /// <summary>What the value is, in the words of an error message.</summary>
    public abstract string Kind { get; }
}

/// <summary>A single value.</summary>
/// <param name="Position">Where it starts.</param>
/// <param name="Text">Its text without quotes.</param>
/// <param name="Quoted">True for a quoted or block scalar, which is text whatever it looks like.</param>
internal sealed record YamlScalar(YamlPosition Position, string Text, bool Quoted) : YamlNode(Position)
{
    public override string Kind => "a value";

    public bool IsNull => !Quoted && Text is "" or "~" or "null";
}

internal sealed record YamlList(YamlPosition Position, IReadOnlyList<YamlNode> Items) : YamlNode(Position)
{
    public override string Kind => "a list";
}

internal sealed record YamlMap(YamlPosition Position, IReadOnlyList<YamlEntry> Entries) : YamlNode(Position)
{
    public override string Kind => "a mapping";
}

internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);
