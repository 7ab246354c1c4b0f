using System.Text.Json;
using Cloister.Rehearsal.Messages;
using Cloister.Rehearsal.Scenarios;

namespace Cloister.Rehearsal.Answering;

/// <summary>Looks a <see cref="ResultReference"/> up in the results that a conversation holds. Pure.</summary>
internal static class ResultLookup
{
    // Enough to see what came instead.
    private const int ShownLength = 300;

    /// <summary>The value as text: a text itself, anything else as JSON.</summary>
    /// <exception cref="MissingValueException">There is no such result, or no such value in it.</exception>
    public static string Find(ResultReference reference, Conversation conversation)
    {
        var results = conversation.ResultsOf(reference.Tool).ToList();
        var index = (reference.Call ?? results.Count) - 1;
        if (index < 0 || index >= results.Count)
            throw new MissingValueException($"{reference}: {reference.Tool ?? "a tool"} has answered {results.Count} times, not {Math.Max(1, index + 1)}");
        var text = results[index].Text;
        try
        {
            using var json = JsonDocument.Parse(text);
            var value = reference.Path.Aggregate(json.RootElement, Step);
            return value.ValueKind switch
            {
                JsonValueKind.Undefined => throw new MissingValueException($"{reference}: there is no such value in: {Shown(text)}"),
                JsonValueKind.String => value.Decode()!,
                _ => value.GetRawText(),
            };
        }
        catch (JsonException)
        {
            throw new MissingValueException($"{reference}: this is not JSON: {Shown(text)}");
        }
    }

    private static JsonElement Step(JsonElement value, ResultReference.Segment segment)
    {
        if (segment.Name is { } name)
            return value.Property(name);
        if (value.ValueKind != JsonValueKind.Array)
            return default;
        var length = value.GetArrayLength();
        var index = segment.Index < 0 ? length + segment.Index : segment.Index;
        return index >= 0 && index < length ? value[index] : default;
    }

    private static string Shown(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "…";
}

/// <summary>A scenario asks for a value that the conversation does not hold.</summary>
internal sealed class MissingValueException(string message) : Exception(message);
