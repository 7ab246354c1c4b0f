namespace Cloister.Agents;

/// <summary>Something about an agent file that its author should know.</summary>
/// <param name="Place">The file, with a line where there is one: <c>/repo/.claude/agents/x.md:3</c>.</param>
/// <param name="Message">What it is, one sentence without a full stop. May hold untrusted text.</param>
/// <param name="IsError">True when the file's agent cannot be used.</param>
internal sealed record AgentFileProblem(string Place, string Message, bool IsError);

/// <summary>
/// The agents a project can use: its own <c>.claude/agents</c>, nearest folder first, then the user's; then the specialists of the project
/// and of the user, then those that come with Cloister. What stands earlier hides a later one of the same name.
/// </summary>
internal sealed class AgentCatalog
{
    private readonly Dictionary<string, AgentEntry> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AgentFileProblem> _broken = new(StringComparer.Ordinal);
    private readonly List<AgentFileProblem> _problems = [];
    private IReadOnlyDictionary<string, AgentEntry>? _agents;

    private AgentCatalog()
    {
    }

    /// <summary>Every agent that can be used, by name.</summary>
    public IReadOnlyDictionary<string, AgentEntry> Agents => _agents ??= Names
        .Select(name => (Name: name, Agent: Resolve(name).Entry))
        .Where(found => found.Agent is not null)
        .ToDictionary(found => found.Name, found => found.Agent!, StringComparer.Ordinal);

    /// <summary>What is wrong with agent files, or not supported yet in them.</summary>
    public IReadOnlyList<AgentFileProblem> Problems => _problems;

    private IEnumerable<string> Names => _files.Keys
        .Concat(BuiltInAgents.Names)
        .Concat(AgentAlias.All.Select(alias => alias.Name))
        .Distinct(StringComparer.Ordinal);

    /// <summary>Reads the files there are; what comes with Cloister is read when it is asked for.</summary>
    /// <param name="project">The project's folder; its parents are searched up to the top of the repository.</param>
    /// <param name="user">Where the user keeps agents.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async Task<AgentCatalog> LoadAsync(string project, UserPlaces user, CancellationToken cancellationToken)
    {
        var catalog = new AgentCatalog();
        var agents = Path.Combine(".claude", "agents");
        var templates = Path.Combine(StateFolder.FolderName, "isolation", SpecialistTemplate.Folder);
        var folders = ProjectFolders.Upwards(project);
        foreach (var folder in folders)
            await catalog.AddAsync(folder, agents, AgentOrigin.Project, AgentFile.ReadAsync, cancellationToken);
        if (user.Home is { } home)
            await catalog.AddAsync(home, agents, AgentOrigin.User, AgentFile.ReadAsync, cancellationToken);
        foreach (var folder in folders)
            await catalog.AddAsync(folder, templates, AgentOrigin.Project, SpecialistTemplate.ReadAsync, cancellationToken);
        if (user.Config is { } config)
            await catalog.AddAsync(config, SpecialistTemplate.Folder, AgentOrigin.User, SpecialistTemplate.ReadAsync, cancellationToken);
        return catalog;
    }

    /// <summary>The agent of this name, or an error that says why there is none.</summary>
    public AgentEntry Entry(string name) => Resolve(name) switch
    {
        ({ } entry, _) => entry,
        (null, { } problem) => throw new CloisterException("agent.file", $"{problem.Place}: {problem.Message}", "correct the file, or choose another agent"),
        (null, null) => throw new CloisterException(
            "agent.unknown",
            $"there is no agent \"{name}\"",
            DidYouMean.Phrase(name, Names) ?? $"there are: {string.Join(", ", Names.Order(StringComparer.Ordinal))}"),
    };

    /// <summary>Its definition.</summary>
    public AgentDefinition Find(string name) => Entry(name).Agent;

    private (AgentEntry? Entry, AgentFileProblem? Problem) Resolve(string name)
    {
        if (InFiles(name) is { } own)
            return own;
        if (AgentAlias.Twin(name) is { } twin && InFiles(twin) is { } other)
            return (other.Entry is { } entry ? entry with { Agent = entry.Agent with { Name = name }, SameAs = twin } : null, other.Problem);
        if (AgentAlias.Find(name) is { } alias)
        {
            var (stem, problem) = Resolve(alias.Of);
            return (stem is null ? null : stem with { Agent = alias.Apply(stem.Agent), SameAs = alias.Of }, problem);
        }
        return (BuiltInAgents.Names.Contains(name, StringComparer.Ordinal) ? BuiltInAgents.Read(name) : null, null);
    }

    private (AgentEntry? Entry, AgentFileProblem? Problem)? InFiles(string name)
    {
        if (_broken.TryGetValue(name, out var problem))
            return (null, problem);
        return _files.TryGetValue(name, out var entry) ? (entry, null) : null;
    }

    private async Task AddAsync(
        string parent, string folder, AgentOrigin origin, Func<string, AgentOrigin, CancellationToken, Task<AgentFile>> read, CancellationToken cancellationToken)
    {
        foreach (var path in AgentFolder.Files(parent, folder, origin, _problems))
        {
            var file = await read(path, origin, cancellationToken);
            _problems.AddRange(file.Problems);
            // What a file is called stands in for a name that could not be read.
            var name = file.Agent?.Name ?? Path.GetFileNameWithoutExtension(path);
            if (_files.ContainsKey(name) || _broken.ContainsKey(name))
                continue;
            if (file.Agent is { } agent)
                _files[name] = new AgentEntry(agent, origin, SameAs: null);
            else
                _broken[name] = file.Problems.First(problem => problem.IsError);
        }
    }
}
