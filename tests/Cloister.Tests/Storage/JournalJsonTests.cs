using System.Reflection;
using Cloister.Runs;
using Cloister.Sessions;
using Cloister.Storage;
using Cloister.Tests.Runs;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Storage;

public sealed class JournalJsonTests
{
    public static TheoryData<string> EventNames => [.. JournalJson.EventTypes.Keys];

    [Fact]
    public void every_event_has_a_stored_name() => Assert.Equal(
        typeof(RunEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(RunEvent)) && !type.IsAbstract).Select(type => type.Name).Order(StringComparer.Ordinal),
        JournalJson.EventTypes.Values.Select(type => type.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(EventNames))]
    public void any_event_of_every_type_comes_back_as_it_was(string name) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var original = new AnyValue(seed).Event(JournalJson.EventTypes[name]);
            var (type, body) = JournalJson.Write(original);
            Assert.Equal(name, type);
            Assert.Null(DeepEquality.Difference(original, JournalJson.Read(type, body)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true));

    [Fact]
    public void names_and_words_are_written_as_people_read_them() => Assert.Equal(
        ("task.failed", """{"reason":"rate_limit","message":"say \"when\"","at":"2026-03-01T12:00:00+00:00","task":"a"}"""),
        JournalJson.Write(new TaskFailed("a", TaskReason.RateLimit, "say \"when\"", Given.Now)));

    [Fact]
    public void a_field_of_a_newer_version_is_ignored() => Assert.Equal(
        new TaskStopRequested("a", StopCause.Budget),
        JournalJson.Read("task.stop_requested", """{"cause":"Budget","since":{"version":[2,3]},"task":"a"}"""));

    [Theory]
    [InlineData("task.teleported", "{}")]
    [InlineData("task.stop_requested", """{"cause":"Moonlight","task":"a"}""")]
    [InlineData("task.stop_requested", """{"cause":{"kind":"Budget"},"task":"a"}""")]
    [InlineData("run.finished", "[]")]
    public void an_event_of_a_newer_version_is_not_guessed_at(string type, string body) =>
        Assert.Equal("store.newer_schema", Assert.Throws<CloisterException>(() => JournalJson.Read(type, body)).Code);

    [Fact]
    public void a_deep_result_fits()
    {
        var depth = 64;
        var deep = System.Text.Json.JsonElement.Parse(new string('[', depth) + new string(']', depth));
        var (type, body) = JournalJson.Write(new TaskSucceeded("a", false, "", deep, Given.Now));
        Assert.Equal(deep.GetRawText(), ((TaskSucceeded)JournalJson.Read(type, body)).Result!.Value.GetRawText());
    }

    [Fact]
    public void every_enum_of_an_event_is_stored_by_name()
    {
        var enums = typeof(RunEvent).Assembly.GetTypes().Where(type => type.IsEnum && type.IsPublic).ToList();
        Assert.NotEmpty(enums);
        Assert.All(enums, type => Assert.NotNull(type.GetCustomAttribute<System.Text.Json.Serialization.JsonConverterAttribute>()));
    }
}
