namespace Cloister.Plans.Syntax;

/// <summary>One value of a plan file with its place, before anyone decided what type it has.</summary>
internal abstract record PlanNode(SourceSpan Span)
{
    internal sealed record Scalar(string Text, ScalarForm Form, SourceSpan Span) : PlanNode(Span)
    {
        /// <summary>Nothing, <c>~</c> or <c>null</c>, written without quotes.</summary>
        public bool IsNothing => Form == ScalarForm.Plain && Text is "" or "~" or "null";
    }

    internal sealed record List(IReadOnlyList<PlanNode> Items, SourceSpan Span) : PlanNode(Span);

    internal sealed record Map(IReadOnlyList<MapEntry> Entries, SourceSpan Span) : PlanNode(Span);

    /// <summary>Something that was refused already; nobody complains about it again.</summary>
    internal sealed record Refused(SourceSpan Span) : PlanNode(Span);

    /// <summary>What it is, in the words of an error message.</summary>
    public string Kind => this switch
    {
        Scalar { IsNothing: true } => "nothing",
        Scalar { Form: ScalarForm.Plain or ScalarForm.JsonValue } scalar => $"\"{TaskText.Line(scalar.Text)}\"",
        Scalar scalar => $"the text \"{TaskText.Line(scalar.Text)}\"",
        List => "a list",
        Map => "a map",
        _ => "this",
    };
}

internal sealed record MapEntry(PlanNode.Scalar Key, PlanNode Value);

/// <summary>How a scalar was written; only the reader of a key knows what <c>no</c> or <c>012</c> means there.</summary>
internal enum ScalarForm
{
    /// <summary>YAML without quotes: may be a text, a number or a flag.</summary>
    Plain,

    /// <summary>In quotes or as a block: a text.</summary>
    Text,

    /// <summary>A JSON number, true or false: not a text.</summary>
    JsonValue,
}
