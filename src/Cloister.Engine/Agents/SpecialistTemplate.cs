using System.Text;

namespace Cloister.Agents;

/// <summary>
/// The specialists that come with Cloister, and files that replace them: agent files named after their agent. A file without a head
/// changes what the specialist is told and nothing else.
/// </summary>
internal static class SpecialistTemplate
{
    /// <summary>Where they lie in a state folder's <c>isolation</c> and in the user's configuration.</summary>
    public static readonly string Folder = Path.Combine("templates", "specialist_contexts");

    /// <summary>Their names; their files are read when somebody asks for one.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["architect", "debugger", "documenter", BuiltInAgents.ImplementerName, "researcher", "reviewer", "security-reviewer", "tester"];

    /// <summary>The one that comes with Cloister.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static AgentDefinition BuiltIn(string name)
    {
        using var stream = typeof(SpecialistTemplate).Assembly.GetManifestResourceStream($"Cloister.Agents.Templates.{name}.md")
            ?? throw new InvalidOperationException($"the template {name} is missing in the program");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return AgentFile.Read(name, reader.ReadToEnd(), AgentOrigin.BuiltIn, name).Agent is { } agent
            ? agent with { Source = BuiltInAgents.Source }
            : throw new InvalidOperationException($"the template {name} is broken");
    }

    /// <summary>A file that replaces one or adds one.</summary>
    public static async Task<AgentFile> ReadAsync(string path, AgentOrigin origin, CancellationToken cancellationToken)
    {
        var (text, problem) = await AgentFile.TextAsync(path, cancellationToken);
        if (problem is not null)
            return new AgentFile(null, [problem]);
        if (string.IsNullOrWhiteSpace(text))
            return new AgentFile(null, [new AgentFileProblem(path, "is empty", IsError: true)]);
        var name = Path.GetFileNameWithoutExtension(path);
        return Names.Contains(name, StringComparer.Ordinal) && Frontmatter.Split(text) is (null, var words)
            ? AgentFile.Read(path, $"---\nname: {name}\n---\n{words}", origin, name).Over(BuiltIn(name))
            : AgentFile.Read(path, text, origin, name);
    }

    private static AgentFile Over(this AgentFile file, AgentDefinition builtIn) => file with
    {
        Agent = file.Agent is { } told ? builtIn with { Prompt = told.Prompt, Source = told.Source } : null,
    };
}
