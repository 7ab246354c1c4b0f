using Cloister.FakeClaude;

// A badly behaved child: the first argument, or the variable FAKE_CLAUDE where the command line is not the test's own, names the habit.
// Without either it is a well-behaved agent.
var script = Environment.GetEnvironmentVariable("FAKE_CLAUDE") is { Length: > 0 } variable ? variable.Split(' ') : args;
return script is [var name, .. var rest] && Habits.Find(name) is { } habit
    ? habit(rest)
    : ScriptedAgent.Run(ScriptedAgent.Options.Parse(script));
