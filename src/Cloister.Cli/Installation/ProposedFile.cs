using System.Text;
using Cloister.Cli.Output;

namespace Cloister.Cli.Installation;

/// <summary>A file as it is and as it would be: shown first, written only when a person agrees.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Before">What is in it; null: there is none.</param>
/// <param name="After">What would be in it.</param>
internal sealed record ProposedFile(string Path, string? Before, string After)
{
    // A line of a settings file that is one single line can be long, and hold other people's secrets.
    private const int ShownColumns = 160;

    // Bytes that are no text would come back as something else.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>True when there is something to write.</summary>
    public bool IsChange => Before != After;

    /// <summary>Reads the file and proposes what becomes of its text.</summary>
    /// <exception cref="CloisterException"><c>files.read</c>.</exception>
    public static ProposedFile Of(string path, Func<string?, string> change)
    {
        var before = Read(path);
        return new ProposedFile(path, before, change(before));
    }

    /// <summary>The difference, a line each: <c>- </c> what goes, <c>+ </c> what comes.</summary>
    public IEnumerable<Styled> Difference()
    {
        var (before, after) = (Split(Before), Split(After));
        var head = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        var tail = Math.Min(before.Length, after.Length) - head;
        tail = before.Reverse().Zip(after.Reverse()).Take(tail).TakeWhile(pair => pair.First == pair.Second).Count();
        foreach (var line in before[head..^tail])
            yield return new Styled(new Piece($"- {line}", Tone.Bad)).Fit(ShownColumns);
        foreach (var line in after[head..^tail])
            yield return new Styled(new Piece($"+ {line}", Tone.Good)).Fit(ShownColumns);
    }

    /// <summary>Keeps what is there beside it, with the same rights; where, or null when there was nothing.</summary>
    /// <param name="now">Part of its name: an older copy stays.</param>
    /// <exception cref="CloisterException"><c>files.write</c>.</exception>
    public string? KeepBefore(DateTimeOffset now)
    {
        if (Before is null)
            return null;
        var kept = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Path}.{now:yyyyMMdd-HHmmss}.bak");
        try
        {
            File.Copy(Path, kept, overwrite: true);
            return kept;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unwritten(failure, kept);
        }
    }

    /// <summary>Writes it in one step, with the rights it had, through a link to where it leads.</summary>
    /// <exception cref="CloisterException"><c>files.changed</c>: somebody else wrote it since it was read; <c>files.write</c>.</exception>
    public void Write()
    {
        if (Read(Path) != Before)
            throw new CloisterException("files.changed", $"{Path} was changed meanwhile", "nothing was written; do it again to see the new difference");
        string? beside = null;
        try
        {
            var target = Before is null ? Path : File.ResolveLinkTarget(Path, returnFinalTarget: true)?.FullName ?? Path;
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            beside = $"{target}.{Environment.ProcessId}.tmp";
            UnixFileMode? mode = !OperatingSystem.IsWindows() && File.Exists(target) ? File.GetUnixFileMode(target) : null;
            // From its first byte on nobody may read it who could not read the old one.
            using (var file = Create(beside, mode))
            {
                file.Write(Encoding.UTF8.GetBytes(After));
                file.Flush(flushToDisk: true);
            }
            if (mode is { } same && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(beside, same);
            File.Move(beside, target, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Discard(beside);
            throw Unwritten(failure, beside);
        }
    }

    // The system names the copy or the half file that it was about to make, which nobody has heard of.
    private CloisterException Unwritten(Exception failure, string? made)
    {
        var folder = System.IO.Path.GetDirectoryName(Path);
        var why = failure is UnauthorizedAccessException ? $"you may not write in {folder}" : made is null ? failure.Message : failure.Message.Replace($"'{made}'", "a copy beside it", StringComparison.Ordinal);
        return new CloisterException(
            "files.write", $"{Path} could not be written: {why}", $"nothing was changed; allow writing in {folder}, where the file as it was is kept too, or put in by hand what is shown above", failure);
    }

    // What else stands in the file may be secret: no half copy of it stays.
    private static void Discard(string? beside)
    {
        try
        {
            if (beside is not null)
                File.Delete(beside);
        }
        catch (Exception stays) when (stays is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static FileStream Create(string path, UnixFileMode? mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        return new FileStream(path, options);
    }

    private static string? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path, Strict) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new CloisterException("files.read", $"{path} could not be read: {failure.Message}", "nothing was changed", failure);
        }
    }

    private static string[] Split(string? text) => string.IsNullOrEmpty(text) ? [] : text.TrimEnd('\n').Split('\n');
}
