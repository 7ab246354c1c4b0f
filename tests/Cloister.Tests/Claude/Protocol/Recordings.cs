using System.Text;

namespace Cloister.Tests.Claude.Protocol;

/// <summary>Lines that real versions of the CLI printed; they must parse for ever.</summary>
internal static class Recordings
{
    public static IReadOnlyList<byte[]> Of(string version) =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Claude", "Recorded", version + ".ndjson")).Select(Encoding.UTF8.GetBytes)];

    public static IReadOnlyList<byte[]> All => [.. Of("2.1.197"), .. Of("2.1.329")];
}
