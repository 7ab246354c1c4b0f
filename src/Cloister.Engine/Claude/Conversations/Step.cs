using Cloister.Sessions;

namespace Cloister.Claude.Conversations;

/// <summary>Something a conversation wants done. Closed.</summary>
internal abstract record Step;

/// <summary>Tell the engine.</summary>
internal sealed record Report(AgentEvent Event) : Step;

/// <summary>Write a line to the agent's standard input, once for each id whatever happens to the engine in between.</summary>
internal sealed record Write(string Id, string Line) : Step;
