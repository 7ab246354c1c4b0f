using System.Reflection;
using System.Text.Json;
using Cloister.Runs;

namespace Cloister.Tests.Storage;

/// <summary>Values of any type an event is made of, so that a new event or field is tested without a word from its author.</summary>
internal sealed class AnyValue(int seed)
{
    private static readonly string[] Texts =
    [
        "", "plain", "two\nlines", "nul \0", "esc \u001b[2J", "half \ud83d", "\udc00 half", "\ud800\ud800", "whole \ud83d\ude00", "quote ' \" \\", "\u2028\u202e",
        "{\"utf16\":\"AAA=\"}", "äöü",
    ];

    private static readonly string[] Documents =
        ["true", "-0.10", "1e300", "\"\\ud800\"", "[1, {\"a\":null}]", "{\"a\":{\"b\":[\"\\u0000\"]},\"a\":2}", "{\"\\udc00\": \"x\"}", "\"\""];

    private readonly Random _random = new(seed);

    public RunEvent Event(Type type) => (RunEvent)Of(type, depth: 0)!;

    private object? Of(Type type, int depth)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return _random.Next(3) == 0 ? null : Of(inner, depth);
        if (type.IsEnum)
            return Enum.GetValues(type).GetValue(_random.Next(Enum.GetValues(type).Length));
        return Scalar(type) ?? Collection(type, depth) ?? Record(type, depth);
    }

    private object? Scalar(Type type)
    {
        if (type == typeof(string))
            return Texts[_random.Next(Texts.Length)];
        if (type == typeof(bool))
            return _random.Next(2) == 0;
        if (type == typeof(int))
            return _random.Next(int.MinValue, int.MaxValue);
        if (type == typeof(long))
            return _random.NextInt64(long.MinValue, long.MaxValue);
        if (type == typeof(double))
            return (_random.NextDouble() - 0.5) * Math.Pow(10, _random.Next(-20, 20));
        if (type == typeof(decimal))
            return new decimal(_random.Next(), _random.Next(), 0, _random.Next(2) == 0, (byte)_random.Next(10));
        if (type == typeof(Guid))
            return new Guid(Enumerable.Range(0, 16).Select(_ => (byte)_random.Next(256)).ToArray());
        if (type == typeof(TimeSpan))
            return new TimeSpan(_random.NextInt64(-TimeSpan.TicksPerDay * 1000, TimeSpan.TicksPerDay * 1000));
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(_random.NextInt64(TimeSpan.TicksPerDay * 2, DateTimeOffset.MaxValue.Ticks - (TimeSpan.TicksPerDay * 2)), TimeSpan.FromMinutes(_random.Next(-600, 600)));
        if (type == typeof(JsonElement))
            return JsonElement.Parse(Documents[_random.Next(Documents.Length)], new JsonDocumentOptions { AllowDuplicateProperties = true });
        return Reference(type);
    }

    private object? Reference(Type type)
    {
        if (type == typeof(RunId))
            return new RunId(_random.Next(1, int.MaxValue));
        if (type == typeof(QuestionId))
            return new QuestionId(_random.Next(1, int.MaxValue));
        return type == typeof(TaskRef) ? new TaskRef(new RunId(_random.Next(1, 9)), $"task-{_random.Next()}.2") : null;
    }

    private object? Collection(Type type, int depth)
    {
        if (!type.IsGenericType)
            return null;
        var of = type.GetGenericArguments();
        var count = depth > 4 ? 0 : _random.Next(4);
        if (type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var array = Array.CreateInstance(of[0], count);
            for (var i = 0; i < count; i++)
                array.SetValue(Of(of[0], depth + 1), i);
            return array;
        }
        if (type.GetGenericTypeDefinition() != typeof(IReadOnlyDictionary<,>))
            return null;
        var map = (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(of))!;
        for (var i = 0; i < count; i++)
            map[$"key {i} \0 ü"] = Of(of[1], depth + 1);
        return map;
    }

    private object Record(Type type, int depth)
    {
        var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First(c => !IsCopy(c, type));
        var parameters = constructor.GetParameters();
        var nullability = new NullabilityInfoContext();
        var values = parameters.Select(p => nullability.Create(p).WriteState == NullabilityState.Nullable && _random.Next(3) == 0 ? null : Of(p.ParameterType, depth + 1)).ToArray();
        var record = constructor.Invoke(values);
        foreach (var property in type.GetProperties().Where(p => p.SetMethod is not null && !parameters.Any(parameter => parameter.Name == p.Name)))
            property.SetValue(record, Of(property.PropertyType, depth + 1));
        return record;
    }

    private static bool IsCopy(ConstructorInfo constructor, Type type) => constructor.GetParameters() is [{ ParameterType: var only }] && only == type;
}
