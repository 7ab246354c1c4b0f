using Cloister.FakeClaude;

// A badly behaved child: the first argument, or the variable FAKE_CLAUDE where the command line is not the test's own, names the habit.
// Without either it is a well-behaved agent.
if (args is ["--version"])
    return Clerk.SayVersion();
// The variable that passes the allow-list of agents' environments says it for those that an engine starts.
if (Environment.GetEnvironmentVariable("ANTHROPIC_FAKE_CLAUDE") is "clerk")
    return Clerk.Work();
var script = Environment.GetEnvironmentVariable("FAKE_CLAUDE") is { Length: > 0 } variable ? variable.Split(' ') : args;
return script is [var name, .. var rest] && Habits.Find(name) is { } habit
    ? habit(rest)
    : ScriptedAgent.Run(ScriptedAgent.Options.Parse(script));
