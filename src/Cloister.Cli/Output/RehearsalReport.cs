namespace Cloister.Cli.Output;

/// <summary>Where a rehearsal answers.</summary>
internal sealed record RehearsalReport(string Address, string Scenario);
