
namespace Cloister.Agents;

/// <summary>Something about an agent file that its author should know.</summary>
/// <param name="Place">The file, with a line where there is one: <c>/repo/.claude/agents/x.md:3</c>.</param>
/// <param name="Message">What it is, one sentence without a full stop. May hold untrusted text.</param>
/// <param name="IsError">True when the file's agent cannot be used.</param>
internal sealed record AgentFileProblem(string Place, string Message, bool IsError);

/// <summary>
/// The agents a project can use: its own <c>.claude/agents</c>, nearest folder first, then the user's, then the built-in ones. A nearer
/// definition hides a farther one of the same name.
/// </summary>
internal sealed class AgentCatalog
{
    private readonly Dictionary<string, AgentDefinition> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AgentFileProblem> _broken = new(StringComparer.Ordinal);
    private readonly List<AgentFileProblem> _problems = [];

    private AgentCatalog()
    {
    }

    /// <summary>Every agent, by name.</summary>
    public IReadOnlyDictionary<string, AgentDefinition> Agents => _byName;

    /// <summary>What is wrong with agent files, or not supported yet in them.</summary>
    public IReadOnlyList<AgentFileProblem> Problems => _problems;

    /// <summary>Reads all definitions.</summary>
    /// <param name="project">The project's folder; its parents are searched up to the top of the repository.</param>
    /// <param name="home">The user's home folder, or null when there is none.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async Task<AgentCatalog> LoadAsync(string project, string? home, CancellationToken cancellationToken)
    {
        var catalog = new AgentCatalog();
        foreach (var folder in ProjectFolders.Upwards(project))
            await catalog.AddFolderAsync(folder, AgentOrigin.Project, cancellationToken);
        if (home is not null)
            await catalog.AddFolderAsync(home, AgentOrigin.User, cancellationToken);
        foreach (var agent in BuiltInAgents.All)
            catalog._byName.TryAdd(agent.Name, agent);
        return catalog;
    }

    /// <summary>The agent of this name, or an error that says why there is none.</summary>
    public AgentDefinition Find(string name)
    {
        if (_broken.TryGetValue(name, out var problem))
            throw new CloisterException("agent.file", $"{problem.Place}: {problem.Message}", "correct the file, or choose another agent");
        return _byName.TryGetValue(name, out var agent) ? agent : throw new CloisterException(
            "agent.unknown",
            $"there is no agent \"{name}\"",
            DidYouMean.Phrase(name, _byName.Keys) ?? $"there are: {string.Join(", ", _byName.Keys.Order(StringComparer.Ordinal))}");
    }

    private async Task AddFolderAsync(string parent, AgentOrigin origin, CancellationToken cancellationToken)
    {
        foreach (var path in AgentFolder.Files(Path.Combine(parent, ".claude", "agents"), _problems))
        {
            var file = await AgentFile.ReadAsync(path, origin, cancellationToken);
            _problems.AddRange(file.Problems);
            // What a file is called stands in for a name that could not be read.
            var name = file.Agent?.Name ?? Path.GetFileNameWithoutExtension(path);
            if (_byName.ContainsKey(name) || _broken.ContainsKey(name))
                continue;
            if (file.Agent is { } agent)
                _byName[name] = agent;
            else
                _broken[name] = file.Problems.First(problem => problem.IsError);
        }
    }
}

/// <summary>Who wrote an agent file.</summary>
internal enum AgentOrigin
{
    /// <summary>Whoever can write to the repository.</summary>
    Project,

    /// <summary>The user.</summary>
    User,
}
