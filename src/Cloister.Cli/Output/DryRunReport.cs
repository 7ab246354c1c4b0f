namespace Cloister.Cli.Output;

/// <summary>What a verb would do without <c>--dry-run</c>.</summary>
internal sealed record DryRunReport(string WouldDo);
