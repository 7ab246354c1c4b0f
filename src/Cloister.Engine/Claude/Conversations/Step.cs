using Cloister.Sessions;

namespace Cloister.Claude.Conversations;

/// <summary>Something a conversation wants done. Closed.</summary>
internal abstract record Step;

/// <summary>Tell the engine.</summary>
internal sealed record Report(AgentEvent Event) : Step;

/// <summary>Write a line to the agent's standard input, once for each id whatever happens to the engine in between.</summary>
internal sealed record Write(string Id, string Line) : Step;

/// <summary>Read what was kept, and write the answer as a line of this id.</summary>
/// <param name="Id">Of the line.</param>
/// <param name="Wanted">What the agent wants to read.</param>
/// <param name="Answer">Makes the line of the text, or of why there is none.</param>
internal sealed record Consult(string Id, ReadKept Wanted, Func<string, bool, string> Answer) : Step;
