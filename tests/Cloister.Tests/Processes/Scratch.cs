using System.Diagnostics.CodeAnalysis;
using Cloister.Processes;

namespace Cloister.Tests.Processes;

/// <summary>Folders and processes that only a test uses.</summary>
internal static class Scratch
{
    [SuppressMessage("ApiDesign", "RS0030", Justification = "a test removes only what it made itself")]
    public static void Delete(string folder) => Directory.Delete(folder, recursive: true);

    // A zombie is dead; who has to reap an orphan is the machine's business.
    public static bool IsAlive(int pid) => ProcessTable.ReadOne(pid) is { IsZombie: false };
}
