using System.Text;

namespace Cloister.Rehearsal.Answering;

/// <summary>A message ready to be sent.</summary>
internal sealed record RenderedMessage(string Id, string Model, IReadOnlyList<RenderedBlock> Blocks, string StopReason, RequestUsage Usage);

internal abstract record RenderedBlock
{
    /// <summary>What the model would have written, for its output tokens.</summary>
    public abstract int ByteCount { get; }

    public sealed record Text(string Value) : RenderedBlock
    {
        public override int ByteCount => Encoding.UTF8.GetByteCount(Value);
    }

    public sealed record Thinking(string Value, string Signature) : RenderedBlock
    {
        public override int ByteCount => Encoding.UTF8.GetByteCount(Value);
    }

    /// <summary>A call of a tool.</summary>
    /// <param name="Id">Unique in the conversation.</param>
    /// <param name="Name">The tool.</param>
    /// <param name="Input">JSON text, or what a scenario wants to pass for it.</param>
    public sealed record ToolUse(string Id, string Name, string Input) : RenderedBlock
    {
        public override int ByteCount => Encoding.UTF8.GetByteCount(Name) + Encoding.UTF8.GetByteCount(Input);
    }
}
