namespace Cloister.Runs;

/// <summary>What a task's specialist has to know, for somebody who does the task themselves.</summary>
/// <param name="Agent">The specialist.</param>
/// <param name="Role">Who it is and how it works, in the words of its file.</param>
/// <param name="Context">The task: what is to be done, on what it builds, which files matter.</param>
/// <param name="Tokens">Tokens of the context, estimated.</param>
/// <param name="LeftOut">Parts of the context that gave way to stay within its limit, one sentence each.</param>
/// <param name="MovedTo">The commit that the project is at now, where that is no longer the one the run began with; null otherwise.</param>
public sealed record TaskBrief(string Agent, string Role, string Context, long Tokens, IReadOnlyList<string> LeftOut, string? MovedTo);
