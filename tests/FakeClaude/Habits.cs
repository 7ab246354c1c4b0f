using System.Collections;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Cloister.FakeClaude;

/// <summary>The ways in which a child process misbehaves, one name each.</summary>
internal static partial class Habits
{
    private const string Result = """{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","result":"done","num_turns":1,"total_cost_usd":0.01,"usage":{"input_tokens":10,"output_tokens":5}}""";

    private static readonly byte[] NewLine = "\n"u8.ToArray();

    public static Func<string[], int>? Find(string name) => name switch
    {
        "echo" => Echo,
        "exit" => args => int.Parse(args[0]),
        "crash" => args => KillSelf(int.Parse(args[0])),
        "ignore-signals" => _ => IgnoreSignals(),
        "grandchild-on-pipe" => args => Leave($"sleep 300 & echo $! > '{args[0]}'"),
        "daemon" => args => Leave($"setsid sh -c \"sleep 300 & echo \\$! > '{args[0]}'\" > /dev/null 2>&1 < /dev/null"),
        "daemon-then-sleep" => args => Leave($"setsid sh -c \"sleep 300 & echo \\$! > '{args[0]}'\" > /dev/null 2>&1 < /dev/null") + Silent(),
        "bare-daemon-then-sleep" => args => Leave($"env -i setsid /bin/sh -c '/bin/sleep 300 & echo $! > {args[0]}' > /dev/null 2>&1 < /dev/null") + Silent(),
        "flood" => args => Flood(long.Parse(args[0]), lineLength: 1000),
        "flood-one-line" => args => Flood(long.Parse(args[0]), lineLength: long.MaxValue),
        "flood-for-ever" => _ => Flood(long.MaxValue, lineLength: 1000),
        "cut-character" => _ => Write([.. "{\"text\":\"caf"u8, 0xC3]) + KillSelf(9),
        "garbage" => _ => Garbage(),
        "no-result" => _ => 0,
        "result-then-fail" => _ => Line(Result) + 3,
        "ask-and-wait" => _ => AskAndWait(),
        "close-stdout" => args => CloseStdout(args),
        "silent" => _ => Silent(),
        "half-line" => _ => Write("{\"type\":\"assist"u8) + Silent(),
        "deaf" => _ => Silent(),
        "env-file" => args => EnvironmentToFile(args[0]),
        _ => null,
    };

    // Everything a child can know about how it was started.
    private static int Echo(string[] args)
    {
        using var input = new MemoryStream();
        Console.OpenStandardInput().CopyTo(input);
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal);
        return Line(JsonSerializer.Serialize(new
        {
            argv = args,
            stdin = Convert.ToBase64String(input.ToArray()),
            environment,
            cwd = Environment.CurrentDirectory,
            descriptors = Directory.GetFiles("/proc/self/fd").Select(Path.GetFileName).Where(fd => File.Exists($"/proc/self/fd/{fd}")),
        }));
    }

    private static int EnvironmentToFile(string path)
    {
        File.WriteAllText(path + ".tmp", string.Join('\n', Environment.GetEnvironmentVariables().Keys.Cast<string>().Order(StringComparer.Ordinal)));
        File.Move(path + ".tmp", path);
        return Silent();
    }

    private static int IgnoreSignals()
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        Line("""{"type":"ready"}""");
        return Silent();
    }

    private static int Leave(string command)
    {
        using var shell = Process.Start("/bin/sh", ["-c", command]);
        shell.WaitForExit();
        return Line("""{"type":"left"}""");
    }

    private static int Flood(long bytes, long lineLength)
    {
        using var output = Console.OpenStandardOutput();
        var chunk = new byte[64 * 1024];
        Array.Fill(chunk, (byte)'x');
        for (var i = lineLength; i < chunk.Length; i += lineLength)
            chunk[i] = (byte)'\n';
        for (var left = bytes; left > 0; left -= chunk.Length)
            output.Write(chunk, 0, (int)Math.Min(chunk.Length, left));
        return 0;
    }

    private static int Garbage() =>
        Write([0xEF, 0xBB, 0xBF, .. "{}\r\n"u8, 0xFF, 0xFE, 0, .. "\n\n"u8, .. "not json\n"u8, .. "{\"a\":\"\\ud800\"}\n"u8, .. "[[[[\n"u8, .. "\u2028\n"u8]);

    private static int AskAndWait()
    {
        Line("""{"type":"control_request","request_id":"ask-1","request":{"subtype":"can_use_tool","tool_name":"Write","input":{"file_path":"a.txt"}}}""");
        var answer = Console.In.ReadLine();
        Line(JsonSerializer.Serialize(new { type = "answered", answer }));
        return Line(Result);
    }

    private static int CloseStdout(string[] args)
    {
        _ = close(1);
        File.WriteAllText(args[0], "still here");
        return 0;
    }

    private static int Silent()
    {
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    private static int KillSelf(int signal)
    {
        _ = kill(Environment.ProcessId, signal);
        return Silent();
    }

    private static int Line(string text) => Write([.. System.Text.Encoding.UTF8.GetBytes(text), .. NewLine]);

    private static int Write(ReadOnlySpan<byte> bytes)
    {
        using var output = Console.OpenStandardOutput();
        output.Write(bytes);
        output.Flush();
        return 0;
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial int close(int fd);
}
