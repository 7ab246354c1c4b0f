namespace Cloister.Cli.Output;

/// <summary>The answer of <c>version --json</c>.</summary>
internal sealed record VersionReport(string Version, int Protocol, string Runtime, string Platform);
