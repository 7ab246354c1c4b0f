using System.Text.Json;

namespace Cloister.EndToEnd.Tests.Support;

/// <summary>What a command said and how it ended.</summary>
/// <param name="CommandLine">What was run, for messages.</param>
/// <param name="ExitCode">128 plus the signal's number when a signal ended it.</param>
/// <param name="Output">All of stdout.</param>
/// <param name="Errors">All of stderr.</param>
/// <param name="Took">From start to end.</param>
internal sealed record CommandOutcome(string CommandLine, int ExitCode, string Output, string Errors, TimeSpan Took)
{
    /// <summary>The <c>data</c> of a <c>--json</c> answer.</summary>
    public JsonElement Data
    {
        get
        {
            var envelope = Parse(Output);
            Assert.Equal(1, envelope.GetProperty("schemaVersion").GetInt32());
            return envelope.GetProperty("data");
        }
    }

    /// <summary>The <c>error</c> of a <c>--json</c> call that failed; it comes on the standard error stream, after whatever else was said there.</summary>
    public JsonElement Error => Parse(Errors.TrimEnd('\n').Split('\n')[^1]).GetProperty("error");

    /// <summary>Fails with everything the command said unless it ended with this code.</summary>
    public CommandOutcome Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"expected exit code {exitCode}:\n{this}");
        return this;
    }

    public override string ToString() => $"$ {CommandLine}\n{Output}{(Errors.Length > 0 ? $"stderr:\n{Errors}" : "")}exit {ExitCode} after {Took.TotalSeconds:0.00} s";

    private JsonElement Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException wrong)
        {
            throw new InvalidOperationException($"this is not JSON ({wrong.Message}):\n{this}", wrong);
        }
    }
}
