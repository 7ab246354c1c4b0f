using System.Globalization;

namespace Cloister.Cli.Configuration;

/// <summary>A setting as it holds, and who says so.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value, or null where there is none.</param>
/// <param name="Origin">The variable, the file and line, or <c>default</c>.</param>
/// <param name="Description">What it is for.</param>
internal sealed record Setting(string Name, string? Value, string Origin, string Description);

/// <summary>
/// All settings of a project, from their layers: environment, the project's local file, the project's file, the user's file, defaults.
/// A project's files may narrow what the user allows, never widen it.
/// </summary>
internal sealed class Settings
{
    private readonly Dictionary<string, Setting> _byName;

    private Settings(Dictionary<string, Setting> byName, IReadOnlyList<string> ignored) => (_byName, Ignored) = (byName, ignored);

    public IReadOnlyList<Setting> All => [.. ConfigKey.All.Select(key => _byName[key.Name])];

    /// <summary>What a project's file says and may not, with its place.</summary>
    public IReadOnlyList<string> Ignored { get; }

    public string? this[string name] => _byName[name].Value;

    /// <summary>The program that somebody named, and where they did.</summary>
    public ChosenClaude? Claude => _byName["claude"] is { Value: { } path } setting ? new ChosenClaude(path, setting.Origin) : null;

    public int? Concurrency => this["concurrency"] is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    public decimal? BudgetUsd => this["budget"] is { } text ? decimal.Parse(text, CultureInfo.InvariantCulture) : null;

    public static string ProjectFile(StateFolder state) => Path.Combine(state.Root, "config.yaml");

    public static string LocalFile(StateFolder state) => Path.Combine(state.Root, "config.local.yaml");

    /// <summary>The user's file; null for somebody without a home.</summary>
    public static string? UserFile(IReadOnlyDictionary<string, string> environment)
    {
        if (environment.GetValueOrDefault("XDG_CONFIG_HOME") is { Length: > 0 } config)
            return Path.Combine(config, "cloister", "config.yaml");
        return environment.GetValueOrDefault("HOME") is { Length: > 0 } home ? Path.Combine(home, ".config", "cloister", "config.yaml") : null;
    }

    public static Settings Load(StateFolder state, IReadOnlyDictionary<string, string> environment)
    {
        var user = UserFile(environment) is { } path ? ConfigFile.Read(path) : [];
        IReadOnlyList<ConfigValue> project = [.. ConfigFile.Read(LocalFile(state)), .. ConfigFile.Read(ProjectFile(state))];
        var ignored = new List<string>();
        var settings = ConfigKey.All.ToDictionary(
            key => key.Name,
            key => FromEnvironment(key, environment) ?? Effective(key, project, user.FirstOrDefault(value => value.Key == key), ignored),
            StringComparer.Ordinal);
        return new Settings(settings, ignored);
    }

    private static Setting? FromEnvironment(ConfigKey key, IReadOnlyDictionary<string, string> environment)
    {
        if (environment.GetValueOrDefault(key.Variable) is not { Length: > 0 } text)
            return null;
        return key.Complaint(text) is { } wanted
            ? throw new CloisterException("config.variable", $"{key.Variable} is {wanted}", key.Description)
            : new Setting(key.Name, text, key.Variable, key.Description);
    }

    private static Setting Effective(ConfigKey key, IReadOnlyList<ConfigValue> project, ConfigValue? user, List<string> ignored)
    {
        var below = user is not null ? new Setting(key.Name, user.Text, user.Place, key.Description) : new Setting(key.Name, key.Default, "default", key.Description);
        if (project.FirstOrDefault(value => value.Key == key) is not { } wished)
            return below;
        if (IsAllowed(key, wished.Text, user?.Text))
            return new Setting(key.Name, wished.Text, wished.Place, key.Description);
        ignored.Add($"{wished.Place}: a project may not {(key.Project == ProjectRight.None ? "set" : "raise")} {key.Name}");
        return below;
    }

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private static bool IsAllowed(ConfigKey key, string wished, string? user) => key.Project switch
    {
        ProjectRight.Set => true,
        ProjectRight.None => false,
        ProjectRight.Lower => (user is null ? key.LimitWhenUnset : Number(user)) is not { } limit || Number(wished) <= limit,
    };
}
