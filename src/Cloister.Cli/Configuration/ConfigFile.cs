using Cloister.Plans;
using Cloister.Plans.Syntax;

namespace Cloister.Cli.Configuration;

/// <summary>A value as a file gives it.</summary>
/// <param name="Key">Which setting.</param>
/// <param name="Text">Its value.</param>
/// <param name="Place">The file and line.</param>
internal sealed record ConfigValue(ConfigKey Key, string Text, string Place);

/// <summary>Reads and writes a file of settings: YAML, one <c>key: value</c> a line, everything checked.</summary>
internal static class ConfigFile
{
    // A settings file is a page; more is something else.
    private const long MaxBytes = 64 * 1024;

    private const string VersionKey = "version", Version = "1";

    /// <summary>The values of a file; none when it does not exist.</summary>
    /// <exception cref="CloisterException"><c>config.*</c> with the place.</exception>
    public static IReadOnlyList<ConfigValue> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        RefuseUnsafe(path);
        var found = new List<PlanProblem>();
        var source = SourceText.Decode(path, Bytes(path), found);
        var root = source is null ? null : YamlTree.Read(source, new ProblemList(source, found));
        if (found.Find(problem => problem.Severity == ProblemSeverity.Error) is { } broken)
            throw Wrong($"{path}:{broken.Line}", broken.Message.Replace("a plan", "a settings file", StringComparison.Ordinal), broken.Help);
        if (root is null or PlanNode.Scalar { IsNothing: true })
            return [];
        if (root is not PlanNode.Map map)
            throw Wrong(path, "these are no settings", "write lines such as  concurrency: 4");
        if (map.Entries.FirstOrDefault(entry => entry.Key.Text == VersionKey) is { Value: not PlanNode.Scalar { Text: Version } } version)
            throw Wrong(Place(version, source!), $"these settings are of another version than {Version}", "update cloister, or correct the file");
        return [.. map.Entries.Where(entry => entry.Key.Text != VersionKey).Select(entry => Value(entry, source!))];
    }

    /// <summary>Sets one key, and leaves everything else in the file as it is.</summary>
    public static void Write(string path, ConfigKey key, string value)
    {
        Read(path);
        var lines = File.Exists(path) ? File.ReadAllLines(path).ToList() : [$"{VersionKey}: {Version}"];
        var line = $"{key.Name}: {Quoted(value)}";
        var at = lines.FindIndex(text => text.StartsWith(key.Name + ":", StringComparison.Ordinal));
        if (at >= 0)
            lines[at] = line;
        else
            lines.Add(line);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Replace(path, lines);
    }

    /// <summary>Takes one key out, and leaves everything else in the file as it is; false when it was not there.</summary>
    public static bool Remove(string path, ConfigKey key)
    {
        if (!Read(path).Any(value => value.Key == key))
            return false;
        Replace(path, File.ReadAllLines(path).Where(text => !text.StartsWith(key.Name + ":", StringComparison.Ordinal)));
        return true;
    }

    private static void Replace(string path, IEnumerable<string> lines)
    {
        File.WriteAllText(path + ".tmp", string.Join('\n', lines) + "\n");
        File.Move(path + ".tmp", path, overwrite: true);
    }

    private static ConfigValue Value(MapEntry entry, SourceText source)
    {
        var place = Place(entry, source);
        var names = ConfigKey.All.Select(key => key.Name).ToList();
        var key = ConfigKey.Find(entry.Key.Text)
            ?? throw Wrong(place, $"there is no setting \"{entry.Key.Text}\"", DidYouMean.Phrase(entry.Key.Text, names) ?? $"settings: {string.Join(", ", names)}");
        var text = entry.Value is PlanNode.Scalar scalar ? scalar.Text : "";
        return key.Complaint(text) is { } wanted
            ? throw Wrong(place, $"{key.Name} is {wanted}", key.Description)
            : new ConfigValue(key, text, place);
    }

    private static string Place(MapEntry entry, SourceText source) => $"{source.File}:{source.Position(entry.Key.Span.Offset).Line}";

    // Whoever may write here decides what runs as this user.
    private static void RefuseUnsafe(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & UnixFileMode.OtherWrite) != UnixFileMode.None)
            throw Wrong(path, "everybody can write to this file", $"chmod o-w {path}");
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MaxBytes ? File.ReadAllBytes(path) : throw Wrong(path, "this is too large for settings", null);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw Wrong(path, $"it cannot be read: {unreadable.Message}", null);
        }
    }

    private static string Quoted(string value) =>
        value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '-' or '_') ? value : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private static CloisterException Wrong(string place, string what, string? hint) => new("config.file", $"{place}: {what}", hint);
}
