namespace Cloister.Agents;

/// <summary>Where a user keeps agents of their own.</summary>
/// <param name="Home">The home folder, or null when there is none.</param>
/// <param name="Config">Cloister's folder in the user's configuration, or null when there is none.</param>
internal sealed record UserPlaces(string? Home, string? Config)
{
    /// <summary>Somebody without a home.</summary>
    public static UserPlaces None { get; } = new(null, null);

    /// <summary>The user's own templates, or null when there is no place for them.</summary>
    public string? Templates => Config is null ? null : Path.Combine(Config, "templates");

    /// <summary>The places that an environment names.</summary>
    public static UserPlaces Of(IReadOnlyDictionary<string, string> environment)
    {
        var home = environment.GetValueOrDefault("HOME") is { Length: > 0 } given ? given : null;
        var config = environment.GetValueOrDefault("XDG_CONFIG_HOME") is { Length: > 0 } named ? named : home is null ? null : Path.Combine(home, ".config");
        return new UserPlaces(home, config is null ? null : Path.Combine(config, "cloister"));
    }
}
