using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cloister.FakeClaude;

/// <summary>
/// A well-behaved agent that speaks stream-json: answers <c>initialize</c>, works through each user message in some turns, obeys
/// <c>interrupt</c> and leaves when its input ends.
/// </summary>
internal sealed class ScriptedAgent(ScriptedAgent.Options options) : IDisposable
{
    /// <summary>What the script does.</summary>
    /// <param name="Delay">Time of each turn.</param>
    /// <param name="Turns">Turns of each message.</param>
    /// <param name="Tool">A shell command run in its own session in each turn, as the real one does; empty for none.</param>
    /// <param name="Received">A file that gets every user message as it arrives; empty for none.</param>
    public sealed record Options(TimeSpan Delay, int Turns, string Tool, string Received)
    {
        public static Options Parse(string[] args)
        {
            var options = new Options(TimeSpan.Zero, 1, "", "");
            for (var i = 0; i + 1 < args.Length; i++)
            {
                options = args[i] switch
                {
                    "--fake-delay" => options with { Delay = TimeSpan.FromMilliseconds(int.Parse(args[i + 1])) },
                    "--fake-turns" => options with { Turns = int.Parse(args[i + 1]) },
                    "--fake-tool" => options with { Tool = args[i + 1] },
                    "--fake-received" => options with { Received = args[i + 1] },
                    _ => options,
                };
            }
            return options;
        }
    }

    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly string _session = Environment.GetEnvironmentVariable("FAKE_CLAUDE_SESSION") ?? "00000000-0000-4000-8000-000000000000";
    private readonly System.Collections.Concurrent.BlockingCollection<JsonNode> _messages = [];
    private readonly ManualResetEventSlim _interrupted = new();
    private int _turnsDone;

    public static int Run(Options options)
    {
        using var agent = new ScriptedAgent(options);
        return agent.Run();
    }

    public void Dispose()
    {
        _interrupted.Dispose();
        _messages.Dispose();
        _output.Dispose();
    }

    private int Run()
    {
        new Thread(Listen) { IsBackground = true }.Start();
        foreach (var message in _messages.GetConsumingEnumerable())
            Work(message);
        return 0;
    }

    private void Listen()
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (input.ReadLine() is { } line)
        {
            if (line.Length > 0)
                Take(JsonNode.Parse(line)!);
        }
        _messages.CompleteAdding();
    }

    private void Take(JsonNode line)
    {
        switch ((string?)line["type"])
        {
            case "control_request":
                if ((string?)line["request"]?["subtype"] is "interrupt")
                    _interrupted.Set();
                Write(new { type = "control_response", response = new { subtype = "success", request_id = (string?)line["request_id"], response = new { pid = Environment.ProcessId } } });
                break;
            case "user":
                if (options.Received.Length > 0)
                    File.AppendAllText(options.Received, line["message"]!["content"]!.ToJsonString() + "\n");
                _messages.Add(line);
                break;
        }
    }

    private void Work(JsonNode message)
    {
        _interrupted.Reset();
        Write(new { type = "system", subtype = "init", session_id = _session, cwd = Environment.CurrentDirectory, model = "fake", tools = Array.Empty<string>() });
        for (var turn = 0; turn < options.Turns; turn++)
        {
            if (Interrupted())
            {
                Finish("error_during_execution", isError: true, "aborted", "");
                return;
            }
            _turnsDone++;
            Write(new { type = "assistant", session_id = _session, message = new { id = $"msg_{_turnsDone}", role = "assistant", content = new[] { new { type = "text", text = $"turn {turn}" } }, usage = Usage(1) } });
        }
        Finish("success", isError: false, "completed", message["message"]!["content"]!.ToJsonString());
    }

    private bool Interrupted()
    {
        if (options.Tool.Length == 0)
            return _interrupted.Wait(options.Delay);
        using var tool = Process.Start("setsid", ["/bin/sh", "-c", options.Tool]);
        while (!tool.WaitForExit(10))
        {
            if (!_interrupted.IsSet)
                continue;
            tool.Kill(entireProcessTree: true);
            return true;
        }
        return _interrupted.Wait(options.Delay);
    }

    private void Finish(string subtype, bool isError, string reason, string result) =>
        Write(new { type = "result", subtype, is_error = isError, terminal_reason = reason, result, session_id = _session, num_turns = _turnsDone, total_cost_usd = 0.001m * _turnsDone, usage = Usage(_turnsDone) });

    private static object Usage(int turns) =>
        new { input_tokens = 100 * turns, output_tokens = 10 * turns, cache_read_input_tokens = 0, cache_creation_input_tokens = 0 };

    private void Write(object line)
    {
        lock (_output)
        {
            _output.Write(JsonSerializer.SerializeToUtf8Bytes(line));
            _output.WriteByte((byte)'\n');
            _output.Flush();
        }
    }
}
