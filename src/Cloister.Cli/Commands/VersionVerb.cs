using System.Reflection;
using System.Runtime.InteropServices;
using Cloister.Cli.Output;
using Cloister.Server.Api;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister version</c>: this program's version and what it speaks.</summary>
internal static class VersionVerb
{
    public static Verb Create() => new("version", "The version of this program", (context, _) =>
    {
        context.Show(
            new VersionReport(Version, Protocol.Version, RuntimeInformation.FrameworkDescription, RuntimeInformation.RuntimeIdentifier),
            () => CliJson.Default.VersionReport,
            report => context.Terminal.Print($"cloister {report.Version}"));
        return Task.FromResult(ExitCode.Ok);
    });

    /// <summary>As in the package, without the commit it was built from.</summary>
    public static string Version { get; } =
        typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
