using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp;

/// <summary>A tool: what a client is told about it, and what it does.</summary>
/// <param name="Name">As it is called.</param>
/// <param name="Description">When and how to use it; paid for in every context that loads it.</param>
/// <param name="Parameters">What it takes.</param>
/// <param name="Run">Does it. A failure that the caller can act on is a <see cref="CloisterException"/>.</param>
internal sealed record McpTool(string Name, string Description, IReadOnlyList<Parameter> Parameters, Func<ToolCall, CancellationToken, Task<ToolAnswer>> Run)
{
    /// <summary>True when it changes nothing: clients call such tools side by side and without asking.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>What <c>tools/list</c> says of it.</summary>
    public Tool Definition => new()
    {
        Name = Name,
        Description = Description,
        InputSchema = JsonSerializer.SerializeToElement(Schemas.Object(Parameters), McpJson.Readable.JsonObject),
        // Without these a client has to take it for one that destroys and talks to strangers.
        Annotations = ReadOnly
            ? new ToolAnnotations { ReadOnlyHint = true, OpenWorldHint = false }
            : new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = false, OpenWorldHint = false },
    };
}
