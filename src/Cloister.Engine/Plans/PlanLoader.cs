using System.Globalization;
using Cloister.Plans.Loading;
using Cloister.Plans.Syntax;

namespace Cloister.Plans;

/// <summary>Reads plans from files and texts. Whatever is wrong comes back as problems, all at once; nothing is thrown about content.</summary>
public static class PlanLoader
{
    /// <summary>Reads a plan file, YAML or JSON, and the prompts next to it.</summary>
    /// <param name="path">As the user named it; shown in problems.</param>
    /// <param name="agents">The agents there are, or null when that is checked later.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    public static async Task<PlanLoad> LoadAsync(string path, PlanAgents? agents, CancellationToken cancellationToken)
    {
        try
        {
            // One byte more than allowed tells a large plan from one that just fits.
            var bytes = await BoundedFile.ReadAsync(path, PlanLimits.DocumentBytes, cancellationToken);
            return bytes is null
                ? new PlanLoad(null, [TooLarge(path)])
                : await LoadAsync(bytes, path, Path.GetDirectoryName(Path.GetFullPath(path)), agents, cancellationToken);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return new PlanLoad(
                null,
                [SourceText.Placeless(path, "plan.file", $"there is no file {TaskText.Line(path)}", "name a *.plan.yaml file, or - for the standard input")]);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return new PlanLoad(
                null,
                [SourceText.Placeless(path, "plan.file", $"{TaskText.Line(path)} cannot be read: {TaskText.Line(unreadable.Message)}")]);
        }
    }

    /// <summary>Reads a plan that came as bytes: from the standard input or from a call.</summary>
    /// <param name="bytes">YAML or JSON in UTF-8.</param>
    /// <param name="file">Shown in problems; null for a plan without a name.</param>
    /// <param name="directory">Where <c>./file.md</c> is looked for; null: nowhere.</param>
    /// <param name="agents">The agents there are, or null when that is checked later.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    public static async Task<PlanLoad> LoadAsync(
        ReadOnlyMemory<byte> bytes, string? file, string? directory, PlanAgents? agents, CancellationToken cancellationToken)
    {
        if (bytes.Length > PlanLimits.DocumentBytes)
            return new PlanLoad(null, [TooLarge(file)]);
        var found = new List<PlanProblem>();
        if (SourceText.Decode(file, bytes.Span, found) is not { } source)
            return new PlanLoad(null, found);
        var problems = new ProblemList(source, found);
        if (Root(source, problems) is not { } root)
            return new PlanLoad(null, found);
        var prompts = new Dictionary<string, PromptFile>(StringComparer.Ordinal);
        foreach (var path in PlanReader.PromptPaths(root).Distinct(StringComparer.Ordinal).Take(PlanLimits.Tasks))
            prompts[path] = await PromptFile.ReadAsync(path, directory, cancellationToken);
        return Load(root, prompts, agents ?? PlanAgents.Unknown, problems, found);
    }

    private static PlanLoad Load(
        PlanNode.Map root, IReadOnlyDictionary<string, PromptFile> prompts, PlanAgents agents, ProblemList problems, List<PlanProblem> found)
    {
        var read = PlanReader.Read(root, prompts, Name(problems.Source.File), problems);
        var graph = GraphCheck.Check(read, problems);
        CheckExpressions(read, graph);
        WorkspaceCheck.Check(read, agents, problems);
        SessionCheck.Check(read, problems);
        var ordered = found.OrderBy(p => string.Equals(p.File, problems.Source.File, StringComparison.Ordinal) ? 0 : 1)
            .ThenBy(p => p.File, StringComparer.Ordinal).ThenBy(p => p.Line).ThenBy(p => p.Column).ToArray();
        var broken = Array.Exists(ordered, p => p.Severity == ProblemSeverity.Error);
        return new PlanLoad(broken ? null : read.Plan, ordered) { Places = broken ? null : new PlanPlaces(problems.Source, read.Tasks) };
    }

    private static PlanNode.Map? Root(SourceText source, ProblemList problems)
    {
        if (IllegalCharacter(source, problems))
            return null;
        var root = IsJson(source) ? JsonTree.Read(source, problems) : YamlTree.Read(source, problems);
        switch (root)
        {
            case PlanNode.Map map:
                return map;
            case null or PlanNode.Scalar { IsNothing: true } when !problems.Any:
                problems.Error(
                    "plan.empty", "the plan is empty", new SourceSpan(0, 1),
                    help: "the smallest plan is  tasks: { a: { prompt: Add a health endpoint } }");
                return null;
            case null or PlanNode.Refused:
                return null;
            default:
                problems.Error("plan.type", $"a plan is a map with the key tasks, not {root.Kind}", root.Span);
                return null;
        }
    }

    private static bool IsJson(SourceText source) => Path.GetExtension(source.File)?.ToLowerInvariant() switch
    {
        ".json" => true,
        ".yaml" or ".yml" => false,
        _ => JsonTree.LooksLike(source.Text),
    };

    // YAML forbids them, parsers differ, and on a terminal they are commands.
    private static bool IllegalCharacter(SourceText source, ProblemList problems)
    {
        var at = source.Text.AsSpan().IndexOfAny(Controls);
        if (at < 0)
            return false;
        problems.Error(
            "plan.character",
            string.Create(CultureInfo.InvariantCulture, $"the control character U+{(int)source.Text[at]:X4} stands here"),
            new SourceSpan(at, 1),
            help: "take it out, or write it as an escape in double quotes");
        return true;
    }

    private static readonly System.Buffers.SearchValues<char> Controls = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, 0xA0).Select(i => (char)i).Where(c => char.IsControl(c) && c is not ('\t' or '\n' or '\r' or '\u0085')), '\uFEFF']);

    private static void CheckExpressions(ReadPlan plan, TaskGraph graph)
    {
        string[] inputs = [.. plan.Plan.Inputs.Select(i => i.Name)];
        var tasks = plan.Plan.Tasks.DistinctBy(t => t.Id, StringComparer.Ordinal).ToDictionary(t => t.Id, StringComparer.Ordinal);
        var none = new Lazy<IReadOnlySet<string>>(() => new HashSet<string>(StringComparer.Ordinal));
        foreach (var used in plan.Expressions)
            ExpressionCheck.Check(used, new NameScope("the plan", inputs, [], tasks, none));
        foreach (var task in plan.Tasks.Where(t => t.Expressions.Count > 0))
        {
            var needed = new Lazy<IReadOnlySet<string>>(() => graph.NeededBy(task.Task.Id));
            var scope = new NameScope($"task \"{task.Task.Id}\"", inputs, [.. task.Task.Matrix.Select(m => m.Name)], tasks, needed);
            foreach (var used in task.Expressions)
                ExpressionCheck.Check(used, scope);
        }
    }

    private static string Name(string? file)
    {
        var name = Path.GetFileName(file ?? "");
        var dot = name.IndexOf(".plan.", StringComparison.OrdinalIgnoreCase);
        var slug = PlanSlug.From(dot > 0 ? name[..dot] : Path.GetFileNameWithoutExtension(name));
        return slug.Length > 0 ? slug : "plan";
    }

    private static PlanProblem TooLarge(string? file) => SourceText.Placeless(
        file,
        "plan.size",
        string.Create(CultureInfo.InvariantCulture, $"the plan is larger than {PlanLimits.DocumentBytes / 1024 / 1024} MB"),
        "put long prompts into files of their own: prompt: ./tasks/api.md");
}
