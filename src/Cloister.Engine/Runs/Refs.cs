using System.Globalization;
using System.Text.Json.Serialization;

namespace Cloister.Runs;

/// <summary>A run: one execution of a plan, written <c>r7</c>. Numbered from 1 in each state folder.</summary>
[JsonConverter(typeof(RefJsonConverter<RunId>))]
public readonly record struct RunId(int Number) : IParsable<RunId>
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"r{Number}");

    /// <inheritdoc/>
    public static RunId Parse(string s, IFormatProvider? provider) => Refs.Parse<RunId>(s, provider);

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out RunId result)
    {
        result = default;
        if (s is not ['r', .. var digits] || !Refs.TryNumber(digits, out var number))
            return false;
        result = new RunId(number);
        return true;
    }
}

/// <summary>A task of a run, written <c>r7/api</c>; a copy made by a matrix is written <c>r7/api.2</c>.</summary>
[JsonConverter(typeof(RefJsonConverter<TaskRef>))]
public readonly record struct TaskRef(RunId Run, string Task) : IParsable<TaskRef>
{
    /// <inheritdoc/>
    public override string ToString() => $"{Run}/{Task}";

    /// <inheritdoc/>
    public static TaskRef Parse(string s, IFormatProvider? provider) => Refs.Parse<TaskRef>(s, provider);

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out TaskRef result)
    {
        result = default;
        var slash = s?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0 || !RunId.TryParse(s![..slash], provider, out var run) || !Refs.IsTaskId(s.AsSpan(slash + 1)))
            return false;
        result = new TaskRef(run, s[(slash + 1)..]);
        return true;
    }
}

/// <summary>One process life of a task, written <c>r7/api#2</c>. Numbered from 1 in each task.</summary>
[JsonConverter(typeof(RefJsonConverter<AttemptRef>))]
public readonly record struct AttemptRef(TaskRef Task, int Number) : IParsable<AttemptRef>
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Task}#{Number}");

    /// <inheritdoc/>
    public static AttemptRef Parse(string s, IFormatProvider? provider) => Refs.Parse<AttemptRef>(s, provider);

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out AttemptRef result)
    {
        result = default;
        var hash = s?.LastIndexOf('#') ?? -1;
        if (hash < 0 || !TaskRef.TryParse(s![..hash], provider, out var task) || !Refs.TryNumber(s[(hash + 1)..], out var number))
            return false;
        result = new AttemptRef(task, number);
        return true;
    }
}

/// <summary>Anything that waits for a person, written <c>q12</c>. Numbered from 1 in each state folder.</summary>
[JsonConverter(typeof(RefJsonConverter<QuestionId>))]
public readonly record struct QuestionId(int Number) : IParsable<QuestionId>
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"q{Number}");

    /// <inheritdoc/>
    public static QuestionId Parse(string s, IFormatProvider? provider) => Refs.Parse<QuestionId>(s, provider);

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out QuestionId result)
    {
        result = default;
        if (s is not ['q', .. var digits] || !Refs.TryNumber(digits, out var number))
            return false;
        result = new QuestionId(number);
        return true;
    }
}
