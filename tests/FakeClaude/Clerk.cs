using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cloister.FakeClaude;

/// <summary>
/// What an engine takes for the real CLI, at the cost of a sleeping process. The words of its prompt say what it does: <c>please wait</c>
/// asks for a permission and waits for the answer, <c>please linger</c> is done and deaf to the end of its input, anything else leaves a file and a result.
/// </summary>
internal static class Clerk
{
    private const string Version = "2.1.329";

    private static readonly Stream Output = Console.OpenStandardOutput();

    public static int SayVersion()
    {
        // A copy of this program with a file beside it stands for another version.
        var other = Path.Combine(AppContext.BaseDirectory, "version");
        Console.WriteLine(File.Exists(other) ? File.ReadAllText(other) : $"{Version} (Claude Code)");
        return 0;
    }

    public static int Work()
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (input.ReadLine() is { } line)
        {
            var message = JsonNode.Parse(line)!;
            switch ((string?)message["type"])
            {
                case "control_request":
                    Write(new { type = "control_response", response = new { subtype = "success", request_id = (string?)message["request_id"], response = new { } } });
                    break;
                case "user":
                    Take(message);
                    break;
                case "control_response":
                    Finish("allowed or denied");
                    break;
            }
        }
        return 0;
    }

    private static void Take(JsonNode message)
    {
        var prompt = message["message"]!["content"]!.ToJsonString();
        Write(new { type = "system", subtype = "init", session_id = "s", model = "claude-sonnet-4-5", claude_code_version = Version, permissionMode = "acceptEdits", tools = Array.Empty<string>() });
        Write(new { type = "user", isReplay = true, uuid = (string?)message["uuid"], message = new { role = "user", content = Array.Empty<object>() } });
        if (prompt.Contains("please wait", StringComparison.Ordinal))
        {
            Write(new { type = "control_request", request_id = "one", request = new { subtype = "can_use_tool", tool_name = "Deploy", input = new { }, tool_use_id = "t1" } });
            return;
        }
        File.WriteAllText("made.txt", "made\n");
        Finish("made");
        if (prompt.Contains("please linger", StringComparison.Ordinal))
            Thread.Sleep(Timeout.Infinite);
    }

    private static void Finish(string result)
    {
        Write(new { type = "result", subtype = "success", is_error = false, terminal_reason = "completed", result, num_turns = 1, total_cost_usd = 0, usage = new { } });
        Write(new { type = "system", subtype = "session_state_changed", state = "idle" });
    }

    private static void Write(object line)
    {
        Output.Write(JsonSerializer.SerializeToUtf8Bytes(line));
        Output.WriteByte((byte)'\n');
        Output.Flush();
    }
}
