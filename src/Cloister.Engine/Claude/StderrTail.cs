using System.Text;

namespace Cloister.Claude;

/// <summary>The last words of a process: its complaints are usually at the end.</summary>
internal static class StderrTail
{
    // Enough for a message and its stack, small enough for every journal entry.
    private const int Length = 4096;

    public static string? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(-Math.Min(file.Length, Length), SeekOrigin.End);
            var bytes = new byte[Length];
            var read = file.ReadAtLeast(bytes, Length, throwOnEndOfStream: false);
            var text = Encoding.UTF8.GetString(bytes, 0, read).Trim();
            return text.Length > 0 ? text : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
