using Cloister.Processes;

namespace Cloister.Cli.Commands;

/// <summary>Text changed by a person: in their own editor on a terminal, from the standard input elsewhere.</summary>
internal static class Editing
{
    /// <summary>The editor and its own arguments.</summary>
    public static string[] Editor(VerbContext context) =>
        (context.Environment.GetValueOrDefault("VISUAL") ?? context.Environment.GetValueOrDefault("EDITOR") ?? "vi")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The text as it is afterwards; null when nothing was changed.</summary>
    /// <param name="context">The verb's context.</param>
    /// <param name="text">What is changed.</param>
    /// <param name="extension">What the editor is to take it for, such as <c>.md</c>.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    public static async Task<string?> ChangeAsync(VerbContext context, string text, string extension, CancellationToken cancellationToken)
    {
        var before = text.TrimEnd('\n');
        var changed = context.Terminal.InputIsTerminal
            ? await InEditorAsync(context, before + "\n", extension, cancellationToken)
            : await Arguments.InputAsync(context, cancellationToken);
        var after = changed.ReplaceLineEndings("\n").TrimEnd('\n');
        if (string.IsNullOrWhiteSpace(after))
            throw new CloisterException("usage.edit", "nothing is left of it: nothing was approved", "without --edit it is approved as it is; cloister deny refuses it");
        return after == before ? null : after;
    }

    private static async Task<string> InEditorAsync(VerbContext context, string text, string extension, CancellationToken cancellationToken)
    {
        if (Editor(context) is not [var program, .. var arguments])
            throw new CloisterException("usage.editor", "no editor is named", "set VISUAL or EDITOR");
        // A folder that only this user can enter, because prompts and commands may hold secrets.
        var folder = Directory.CreateTempSubdirectory("cloister-edit-");
        try
        {
            var file = Path.Combine(folder.FullName, "approve" + extension);
            await File.WriteAllTextAsync(file, text, cancellationToken);
            var code = ForegroundProcess.Run(
                Executable.Find(program, context.Folder, context.Environment), [.. arguments, file], context.Environment, context.Folder);
            return code == 0
                ? await File.ReadAllTextAsync(file, cancellationToken)
                : throw new CloisterException("usage.editor", $"{program} ended with exit {code}: nothing was approved", "try again, or set VISUAL to another editor");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
