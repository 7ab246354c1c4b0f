using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cloister.Server.Mcp;

/// <summary>Something a tool is told: its name, its JSON schema, and how it is read. Declared once, so that schema and reading cannot differ.</summary>
internal abstract record Parameter(string Name, JsonObject Schema, bool IsRequired)
{
    /// <summary>The value as the tool wants it.</summary>
    /// <exception cref="CloisterException"><c>tool.argument</c>: it is something else.</exception>
    internal abstract object? ReadAny(JsonElement value, string path);

    /// <summary>Text that has to be there.</summary>
    public static Parameter<string> RequiredText(string name, string? description = null) =>
        new(name, Schemas.Of("string", description), true, "", ArgumentReader.Text);

    public static Parameter<string?> Text(string name, string? description = null) =>
        new(name, Schemas.Of("string", description), false, null, ArgumentReader.Text);

    /// <summary>One of a few words; the first holds when it is left out, unless it is required.</summary>
    public static Parameter<string> Word(string name, IReadOnlyList<string> words, bool isRequired = false, string? description = null) =>
        new(name, Schemas.OneOf(words, description), isRequired, words[0], (value, path) => ArgumentReader.Word(value, path, words));

    /// <summary>A list of texts; a single one is a list too.</summary>
    public static Parameter<IReadOnlyList<string>> Texts(string name, bool isRequired = false, string? description = null) =>
        new(name, Schemas.ListOf(Schemas.Of("string"), description), isRequired, [], ArgumentReader.Texts);

    public static Parameter<decimal?> Number(string name, string? description = null) =>
        new(name, Schemas.Of("number", description), false, null, (value, path) => ArgumentReader.Number(value, path));

    public static Parameter<long?> Whole(string name, string? description = null) =>
        new(name, Schemas.Of("integer", description), false, null, (value, path) => ArgumentReader.Whole(value, path));

    public static Parameter<bool> Flag(string name, bool whenMissing, string? description = null) =>
        new(name, Schemas.WithDefault(Schemas.Of("boolean", description), whenMissing), false, whenMissing, ArgumentReader.Flag);

    /// <summary>A list of objects, each with these fields.</summary>
    public static Parameter<IReadOnlyList<ToolArguments>> Objects(string name, IReadOnlyList<Parameter> fields, string? description = null) => new(
        name, Schemas.ListOf(Schemas.Object(fields), description), false, [], (value, path) => ArgumentReader.Objects(value, path, fields));

    /// <summary>Any JSON; the tool looks at it itself.</summary>
    public static Parameter<JsonElement?> Json(string name, JsonObject schema, bool isRequired = false) =>
        new(name, schema, isRequired, null, (value, _) => value.Clone());
}

/// <summary>A parameter and the type of its value.</summary>
internal sealed record Parameter<T>(string Name, JsonObject Schema, bool IsRequired, T WhenMissing, Func<JsonElement, string, T> Read)
    : Parameter(Name, Schema, IsRequired)
{
    internal override object? ReadAny(JsonElement value, string path) => Read(value, path);
}
