using Cloister.Landing;

namespace Cloister.Cli.Output;

/// <summary>What the demo did.</summary>
/// <param name="Folder">The project it made.</param>
/// <param name="Run">The run.</param>
/// <param name="Merge">How its tasks came together; null when they did not.</param>
internal sealed record DemoReport(string Folder, RunReport Run, MergeReport? Merge);
