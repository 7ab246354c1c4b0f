using System.Text;
using Cloister.Rehearsal.Scenarios;

namespace Cloister.Rehearsal;

/// <summary>What the scripted model says: rules in order, the first that matches a request answers it. Immutable.</summary>
public sealed class Scenario
{
    private const string Prefix = "scenarios/";
    private const string Suffix = ".yaml";
    private const string PlanSuffix = ".plan.yaml";

    private Scenario(string name, IReadOnlyList<Rule> rules)
    {
        Name = name;
        Rules = rules;
    }

    /// <summary>Ends any prompt politely with a short text.</summary>
    public static Scenario Default { get; } = new("default", ScenarioReader.Read(ReadResource("default.yaml"), "default.yaml"));

    /// <summary>Names of the scenarios that come with Cloister.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } =
        [.. typeof(Scenario).Assembly.GetManifestResourceNames()
            .Where(r => r.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(r => r[Prefix.Length..])
            .Where(r => r.EndsWith(Suffix, StringComparison.Ordinal) && !r.EndsWith(PlanSuffix, StringComparison.Ordinal) && !r.Contains('/', StringComparison.Ordinal))
            .Select(r => r[..^Suffix.Length])
            .Order(StringComparer.Ordinal)];

    /// <summary>The file's or the built-in scenario's name.</summary>
    public string Name { get; }

    /// <summary>The scenario's own rules, then those of the default scenario, so that every request gets an answer.</summary>
    internal IReadOnlyList<Rule> Rules { get; }

    /// <summary>Reads a scenario from YAML text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">What to call it in errors and logs.</param>
    /// <exception cref="ScenarioException">The text is not a scenario.</exception>
    public static Scenario Parse(string yaml, string name) => new(name, [.. ScenarioReader.Read(yaml, name), .. Default.Rules]);

    /// <summary>Reads a scenario from a file.</summary>
    /// <exception cref="ScenarioException">The file cannot be read or is not a scenario.</exception>
    public static async Task<Scenario> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        try
        {
            if (new FileInfo(path).Length > Yaml.YamlText.MaxBytes)
                throw new ScenarioException(path, 1, 1, $"the scenario is larger than {Yaml.YamlText.MaxBytes / 1024} KB");
            return Parse(await File.ReadAllTextAsync(path, Encoding.UTF8, cancellationToken), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ScenarioException(path, 1, 1, $"cannot read the scenario: {e.Message}", inner: e);
        }
    }

    /// <summary>A scenario that comes with Cloister, or null when there is none of that name.</summary>
    public static Scenario? FindBuiltIn(string name) => name is "default"
        ? Default
        : BuiltIn.Contains(name, StringComparer.Ordinal) ? Parse(ReadResource(name + Suffix), name + Suffix) : null;

    /// <summary>The YAML text of a scenario that comes with Cloister, or null when there is none of that name.</summary>
    public static string? FindBuiltInText(string name) => BuiltIn.Contains(name, StringComparer.Ordinal) ? ReadResource(name + Suffix) : null;

    /// <summary>The plan that goes with a built-in scenario, as YAML text, or null when it has none.</summary>
    public static string? FindBuiltInPlan(string name) =>
        typeof(Scenario).Assembly.GetManifestResourceInfo($"{Prefix}{name}{PlanSuffix}") is null ? null : ReadResource(name + PlanSuffix);

    /// <summary>The project that a built-in scenario's plan works on: text by relative path (with <c>/</c>); empty when it has none.</summary>
    public static IReadOnlyDictionary<string, string> BuiltInProject(string name) =>
        typeof(Scenario).Assembly.GetManifestResourceNames()
            .Where(r => r.StartsWith($"{Prefix}{name}/", StringComparison.Ordinal))
            .ToDictionary(r => r[(Prefix.Length + name.Length + 1)..], r => ReadResource(r[Prefix.Length..]), StringComparer.Ordinal);

    private static string ReadResource(string file)
    {
        using var stream = typeof(Scenario).Assembly.GetManifestResourceStream(Prefix + file)
            ?? throw new InvalidOperationException($"{Prefix}{file} is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
