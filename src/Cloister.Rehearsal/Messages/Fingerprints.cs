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
        var last = 0;
        foreach (var message in body.Property("messages").Items())
        {
            hash.AppendData(Encoding.UTF8.GetBytes(message.Text("role") ?? ""));
            bytes += Add(hash, message.Content());
            prefixes.Add(new PromptPrefix(Current(hash), bytes));
            if (message.Text("role") is "user")
                last = message.Content().LastOrDefault().ByteCount();
        }
        return new PromptPrefixes(prefixes, last);
    }

    private static long Add(IncrementalHash hash, IEnumerable<JsonElement> blocks) => blocks.Sum(b => AddBlock(hash, b));

    // Cache marks wander from block to block between requests: the same text must look the same with and without.
    private static long AddBlock(IncrementalHash hash, JsonElement block)
    {
        if (block.ValueKind == JsonValueKind.Undefined)
            return 0;
        if (block.ValueKind != JsonValueKind.Object)
        {
            hash.AppendData(JsonMarshal.GetRawUtf8Value(block));
            return block.ByteCount();
        }
        var bytes = 0L;
        foreach (var property in block.EnumerateObject())
        {
            if (property.NameEquals("cache_control"))
                continue;
            hash.AppendData(JsonMarshal.GetRawUtf8PropertyName(property));
            hash.AppendData(JsonMarshal.GetRawUtf8Value(property.Value));
            bytes += property.Value.ByteCount();
        }
        return bytes;
    }

    private static UInt128 Current(IncrementalHash hash)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetCurrentHash(digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }
}
