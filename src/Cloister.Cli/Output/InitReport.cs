namespace Cloister.Cli.Output;

/// <summary>What <c>init</c> did.</summary>
/// <param name="Changed">False when the project was set up already.</param>
/// <param name="Files">The files it is about.</param>
internal sealed record InitReport(bool Changed, IReadOnlyList<InitFile> Files);

/// <param name="Path">Relative to where the command was called.</param>
/// <param name="Did"><c>wrote</c>, <c>kept</c> because it was there, <c>would write</c>, or <c>proposed</c> because nobody agreed.</param>
/// <param name="Note">What there is to say about it, or null.</param>
internal sealed record InitFile(string Path, string Did, string? Note = null);
