using System.Text.Json;
using Cloister.Processes;
using Cloister.Workspaces;

namespace Cloister.Landing;

/// <summary>What is being written into a person's checkout, noted before it begins: only with it can half of it be told from their own changes.</summary>
/// <param name="Old">The commit the checkout was at.</param>
/// <param name="New">The commit it is to be at.</param>
internal sealed record LandingNote(string Old, string New)
{
    /// <summary>The note about a checkout; null when nothing was begun there, or all of it was done.</summary>
    public static LandingNote? Read(ContentRepository content, string folder)
    {
        var file = FileFor(content, folder);
        return File.Exists(file) ? JsonSerializer.Deserialize<LandingNote>(File.ReadAllBytes(file)) : null;
    }

    public void Write(ContentRepository content, string folder) =>
        DurableFile.Write(FileFor(content, folder), JsonSerializer.SerializeToUtf8Bytes(this), Durability.Full);

    public static void Delete(ContentRepository content, string folder) => File.Delete(FileFor(content, folder));

    private static string FileFor(ContentRepository content, string folder) =>
        Path.Combine(content.Place.GitDirectory, $"landing-{WorkspaceRoot.ShortHash(folder)}.json");
}
