namespace Cloister;

/// <summary>The <c>claude</c> program that somebody named.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Origin">Where it is named: the file and line, or the variable.</param>
internal sealed record ChosenClaude(string Path, string Origin);
