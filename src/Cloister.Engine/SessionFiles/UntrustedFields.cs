using System.Text.Json;

namespace Cloister.SessionFiles;

/// <summary>The fields of an object that somebody else wrote, each checked as it is read; the first thing that is wrong is remembered.</summary>
internal sealed class UntrustedFields(JsonElement root)
{
    // What is quoted in a reason is to be recognised, not read.
    private const int LongestQuote = 60;

    /// <summary>What is wrong, in words for people; null while nothing is.</summary>
    public string? WhyNot { get; private set; }

    /// <summary>Remembers what is wrong, and gives back nothing, to stand for the missing value.</summary>
    public string? Refuse(string whyNot)
    {
        WhyNot ??= whyNot;
        return null;
    }

    /// <summary>A text that may be missing.</summary>
    public string? Text(string name, int longest) => Member(name) switch
    {
        { ValueKind: JsonValueKind.String } value => Text(name, value, longest),
        null => null,
        _ => Refuse($"{name} is no text"),
    };

    /// <summary>A whole number from 0 that may be missing.</summary>
    public int? Number(string name)
    {
        if (Member(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0)
            return number;
        Refuse($"{name} is no whole number");
        return null;
    }

    /// <summary>A time that may be missing.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name, longest: LongestQuote) is not { } text)
            return null;
        if (DateTimeOffset.TryParse(text, null, System.Globalization.DateTimeStyles.AssumeUniversal, out var time))
            return time.ToUniversalTime();
        Refuse($"{name} is no time: write it like 2026-03-01T12:00:00Z");
        return null;
    }

    /// <summary>A list of texts that may be missing.</summary>
    public IReadOnlyList<string> Texts(string name, int most, int longest)
    {
        if (Member(name) is not { } list)
            return [];
        if (list.ValueKind != JsonValueKind.Array)
            Refuse($"{name} is no list");
        else if (list.GetArrayLength() > most)
            Refuse($"{name} has more than {most} entries");
        else if (list.EnumerateArray().Any(text => text.ValueKind != JsonValueKind.String))
            Refuse($"{name} is no list of texts");
        else
            return [.. list.EnumerateArray().Select(text => Text(name, text, longest)).OfType<string>()];
        return [];
    }

    /// <summary>Somebody else's word, short, for a reason.</summary>
    public string Quote(string? text) => text is null ? "missing" : $"'{(text.Length > LongestQuote ? text[..LongestQuote] + "…" : text)}'";

    private JsonElement? Member(string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private string? Text(string name, JsonElement value, int longest)
    {
        try
        {
            var text = value.GetString()!;
            return text.Length <= longest ? text : Refuse($"{name} is longer than {longest} characters");
        }
        catch (InvalidOperationException)
        {
            // Half of a character, written as an escape.
            return Refuse($"{name} is no valid text");
        }
    }
}
