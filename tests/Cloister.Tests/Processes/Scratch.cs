using System.Diagnostics.CodeAnalysis;

namespace Cloister.Tests.Processes;

/// <summary>Folders that only a test uses.</summary>
internal static class Scratch
{
    [SuppressMessage("ApiDesign", "RS0030", Justification = "a test removes only what it made itself")]
    public static void Delete(string folder) => Directory.Delete(folder, recursive: true);
}
