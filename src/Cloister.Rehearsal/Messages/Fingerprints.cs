using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Cloister.Rehearsal.Messages;

/// <summary>Fingerprints every beginning of a request that the next request of the conversation may repeat.</summary>
internal static class Fingerprints
{
    // The first system block differs on every request and is not part of the cached prompt.
    private const string BillingLine = "x-anthropic-billing-header";

    public static PromptPrefixes Of(JsonElement body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var bytes = 0L;
        bytes += Add(hash, body.Property("tools").Items());
        bytes += Add(hash, body.Property("system") is { ValueKind: JsonValueKind.Array } blocks
            ? blocks.Items().Where(b => b.Text("text")?.StartsWith(BillingLine, StringComparison.Ordinal) != true)
            : [body.Property("system")]);

        var prefixes = new List<PromptPrefix> { new(Current(hash), bytes) };
        var last = 0L;
        foreach (var message in body.Property("messages").Items())
        {
            hash.AppendData(Encoding.UTF8.GetBytes(message.Text("role") ?? ""));
            var block = 0L;
            foreach (var next in message.Content())
                bytes += block = AddBlock(hash, next);
            prefixes.Add(new PromptPrefix(Current(hash), bytes));
            if (message.Text("role") is "user")
                last = block;
        }
        return new PromptPrefixes(prefixes, last);
    }

    private static long Add(IncrementalHash hash, IEnumerable<JsonElement> blocks) => blocks.Sum(b => AddBlock(hash, b));

    // Cache marks wander from block to block between requests: the same text must look the same with and without.
    private static long AddBlock(IncrementalHash hash, JsonElement block)
    {
        if (block.ValueKind != JsonValueKind.Object)
            return AddValue(hash, block);
        var bytes = 0L;
        foreach (var property in block.EnumerateObject())
        {
            if (property.NameEquals("cache_control"))
                continue;
            hash.AppendData(JsonMarshal.GetRawUtf8PropertyName(property));
            bytes += AddValue(hash, property.Value);
        }
        return bytes;
    }

    // A text may be escaped in one request and not in the next; the model reads the same.
    private static long AddValue(IncrementalHash hash, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Undefined:
                return 0;
            case JsonValueKind.String:
                var text = Encoding.UTF8.GetBytes(value.Decode() ?? "");
                hash.AppendData(text);
                return text.Length;
            default:
                hash.AppendData(JsonMarshal.GetRawUtf8Value(value));
                return value.ByteCount();
        }
    }

    private static UInt128 Current(IncrementalHash hash)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetCurrentHash(digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }
}
