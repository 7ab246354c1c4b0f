using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>A prompt that stands in a file of its own: its text, or why there is none.</summary>
internal sealed record PromptFile(SourceText? Source, IReadOnlyList<PlanProblem> Problems)
{
    private static readonly string[] TextEndings = [".md", ".txt", ".prompt"];

    /// <summary>The path in <c>prompt: ./tasks/api.md</c>, or null when the prompt is the text itself.</summary>
    public static string? PathIn(string prompt)
    {
        var path = prompt.Trim();
        return path.StartsWith("./", StringComparison.Ordinal) && path.Length > 2 && !path.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) ? path : null;
    }

    /// <summary>True for one word that ends like a file's name: probably the dot was forgotten.</summary>
    public static bool LooksLikePath(string prompt) =>
        !prompt.Any(char.IsWhiteSpace) && Array.Exists(TextEndings, e => prompt.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads the file, which must be a real file below the plan's folder.</summary>
    public static async Task<PromptFile> ReadAsync(string path, string? directory, CancellationToken cancellationToken)
    {
        if (directory is null)
            return Refused(path, "this plan came without a folder to look in", "put the text into the plan");
        if (PlanPaths.Complaint(path) is { } complaint)
            return Refused(path, complaint, "prompts stand next to the plan or below it");
        var full = Path.Combine(directory, path);
        if (Link(directory, path) is { } link)
            return Refused(path, $"{link} is a symbolic link", "a plan reads only files of its own folder");
        try
        {
            var bytes = await BoundedFile.ReadAsync(full, PlanLimits.PromptBytes, cancellationToken);
            if (bytes is null)
                return Refused(
                    path, $"it is larger than {PlanLimits.PromptBytes / 1024 / 1024} MB", "name files in context instead of pasting them");
            var problems = new List<PlanProblem>();
            var source = SourceText.Decode(path, bytes, problems);
            if (source is not null && string.IsNullOrWhiteSpace(source.Text))
                return Refused(path, "it is empty", null);
            return problems.Count == 0 ? new PromptFile(source, []) : Refused(path, problems[0].Message, problems[0].Help);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return Refused(path, "there is no such file", $"it is looked for in {TaskText.Line(directory)}");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return Refused(path, TaskText.Line(unreadable.Message), null);
        }
    }

    private static PromptFile Refused(string path, string why, string? help) =>
        new(null, [SourceText.Placeless(path, "plan.file", $"the prompt {TaskText.Line(path)} cannot be read: {why}", help)]);

    // A link could lead a plan from a strange repository to any file of its reader.
    private static string? Link(string directory, string path)
    {
        var at = directory;
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, part);
            if (new FileInfo(at).LinkTarget is not null)
                return part;
        }
        return null;
    }
}

/// <summary>Reads files of strangers: never more than was asked for.</summary>
internal static class BoundedFile
{
    /// <summary>The bytes, or null when there are more than the limit.</summary>
    public static async Task<byte[]?> ReadAsync(string path, int limit, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4096, FileOptions.Asynchronous);
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (bytes.Length + read > limit)
                return null;
            await bytes.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        return bytes.ToArray();
    }
}
