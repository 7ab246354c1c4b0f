using System.Collections;
using System.Text;
using Cloister.Cli.Connection;
using Cloister.Cli.Output;

namespace Cloister.Cli;

/// <summary>The world around a command; tests bring their own.</summary>
internal sealed record CliHost
{
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Where it was called; null when that folder is gone.</summary>
    public required string? CurrentDirectory { get; init; }

    public required Terminal Terminal { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>The orchestrator of a state folder; started when asked to and none runs.</summary>
    public required Func<StateFolder, bool, IOrchestrator> Connect { get; init; }

    /// <summary>True when the person interrupts once more within this time, after having done so once.</summary>
    public Func<TimeSpan, Task<bool>> InterruptedAgain { get; init; } = _ => Task.FromResult(false);

    /// <summary>The real world.</summary>
    public static CliHost Real()
    {
        var environment = RealEnvironment();
        return new CliHost
        {
            Environment = environment,
            CurrentDirectory = FindCurrentDirectory(),
            Terminal = RealTerminal(environment),
            Time = TimeProvider.System,
            Connect = (state, start) => start
                ? EngineClient.ConnectOrStart(state, new EngineLauncher(state, environment, TimeProvider.System))
                : EngineClient.Connect(state),
        };
    }

    /// <summary>The variables of this process.</summary>
    public static Dictionary<string, string> RealEnvironment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        return environment;
    }

    // Console.Out would put a lock and a flush around every character it is given; one writer a stream is enough.
    private static Terminal RealTerminal(Dictionary<string, string> environment)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var output = new StreamWriter(StandardStream.Open(1), utf8) { NewLine = "\n" };
        var error = new StreamWriter(StandardStream.Open(2), utf8) { NewLine = "\n" };
        var outputIsTerminal = !Console.IsOutputRedirected;
        var input = new StreamReader(StandardStream.OpenInput(), utf8);
        return new Terminal(output, error, input)
        {
            InputIsReady = () => StandardStream.IsReadable(0),
            OutputIsUnread = () => StandardStream.IsUnread(1),
            OutputIsTerminal = outputIsTerminal,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            InputIsTerminal = !Console.IsInputRedirected,
            Width = outputIsTerminal ? WidthOf(environment) : null,
        };
    }

    // Some terminals say 0×0; then nothing is known.
    private static int? WidthOf(Dictionary<string, string> environment)
    {
        if (int.TryParse(environment.GetValueOrDefault("COLUMNS"), out var told) && told > 0)
            return told;
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string? FindCurrentDirectory()
    {
        try
        {
            return Directory.GetCurrentDirectory();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
