using System.Globalization;
using System.Text.Json.Serialization;
using Cloister.Plans.Loading;
using Cloister.Plans.Syntax;

namespace Cloister.Plans;

/// <summary>A matrix and how many copies it makes, or null when only the run can tell.</summary>
public sealed record PlanCopies(
    [property: JsonPropertyName("task")] string Task, [property: JsonPropertyName("copies")] int? Copies);

/// <summary>What <c>cloister check</c> says about a plan. It holds no estimate of money or time: nothing honest can be said before a first turn.</summary>
/// <param name="Waves">Groups of tasks that can start together, one group after the other. Empty when the plan has errors.</param>
/// <param name="Copies">The tasks with a matrix.</param>
/// <param name="Problems">Everything the loader found, and what stands out in the plan as a whole.</param>
public sealed record PlanCheck(
    [property: JsonPropertyName("waves")] IReadOnlyList<IReadOnlyList<string>> Waves,
    [property: JsonPropertyName("copies")] IReadOnlyList<PlanCopies> Copies,
    [property: JsonPropertyName("problems")] IReadOnlyList<PlanProblem> Problems)
{
    /// <summary>What an agent has read before it starts: system prompt and tools, measured on Claude Code's own requests.</summary>
    internal const int StartTokens = 16_000;

    /// <summary>A prompt shorter than this describes a small change.</summary>
    private const int SmallPrompt = 200;

    /// <summary>Overlaps told; the rest is counted.</summary>
    private const int MaxOverlaps = 20;

    /// <summary>True when the plan can run.</summary>
    [JsonIgnore]
    public bool Ok => !Problems.Any(p => p.Severity == ProblemSeverity.Error);

    /// <summary>Looks at a loaded plan as a whole.</summary>
    public static PlanCheck Of(PlanLoad load)
    {
        if (load is not { Plan: { } plan, Places: { } places })
            return new PlanCheck([], [], load.Problems);
        var found = new List<PlanProblem>();
        var problems = new ProblemList(places.Source, found);
        var graph = new TaskGraph(plan.Tasks);
        AddOverlaps(graph, places, problems);
        foreach (var task in places.Tasks.Where(t => IsSmall(t.Task)))
        {
            var neighbour = plan.Tasks.FirstOrDefault(
                t => task.Task.Needs.Count == 1 && string.Equals(t.Id, task.Task.Needs[0], StringComparison.Ordinal));
            problems.Warning(
                "plan.small",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"task \"{task.Task.Id}\" is about one file; an agent reads about {StartTokens / 1000}k tokens before it starts"),
                task.Id,
                neighbour is null ? "let another task do it too" : $"let task \"{neighbour.Id}\" do it too");
        }
        var waves = graph.Waves();
        SessionCheck.Tell(waves, places, problems);
        var copies = plan.Tasks.Where(t => t.Matrix.Count > 0).Select(t => new PlanCopies(t.Id, MatrixExpansion.CopiesKnownNow(t)));
        return new PlanCheck(waves, [.. copies], [.. load.Problems, .. found.OrderBy(p => p.Line)]);
    }

    private static bool IsSmall(PlanTask task) =>
        task is { Files: [var only], Result: null, Matrix.Count: 0, Needs.Count: <= 1 }
        && task.Prompt.Length < SmallPrompt
        && only.AsSpan().IndexOfAny("*?[{$") < 0
        && Path.HasExtension(only);

    private static void AddOverlaps(TaskGraph graph, PlanPlaces places, ProblemList problems)
    {
        // Globs that a run fills in are unknown here, and a note about everything would say nothing.
        var globs = places.Tasks
            .Select(
                t => t.Task.Files.Where(f => !f.Contains("${{", StringComparison.Ordinal)).Select(f => (Glob: f, Segments: GlobOverlap.Segments(f))).ToArray())
            .ToArray();
        var more = 0;
        for (var b = 1; b < globs.Length; b++)
        {
            for (var a = 0; a < b; a++)
            {
                if (globs[a].Length == 0 || globs[b].Length == 0 || graph.AreOrdered(a, b) || Shared(globs[a], globs[b]) is not { } shared)
                    continue;
                if (++more <= MaxOverlaps)
                    Tell(places.Tasks[a], places.Tasks[b], shared, problems);
            }
        }
        if (more > MaxOverlaps)
            problems.Note(
                "plan.overlap",
                string.Create(CultureInfo.InvariantCulture, $"{more - MaxOverlaps} more pairs of tasks may write the same files"),
                places.Tasks[0].Id);
    }

    private static void Tell(ReadTask a, ReadTask b, (string A, string B) shared, ProblemList problems)
    {
        var what = string.Equals(shared.A, shared.B, StringComparison.Ordinal) ? shared.A : $"{shared.A} and {shared.B}";
        problems.Note(
            "plan.overlap",
            $"tasks \"{a.Task.Id}\" and \"{b.Task.Id}\" may write the same files at the same time: {TaskText.Line(what)}",
            b.Files ?? b.Id,
            $"to avoid a merge conflict let one of them need the other: needs: {a.Task.Id}");
    }

    private static (string A, string B)? Shared((string Glob, GlobSegment[] Segments)[] a, (string Glob, GlobSegment[] Segments)[] b)
    {
        foreach (var one in a)
        {
            foreach (var other in b)
            {
                if (GlobOverlap.Overlap(one.Segments, other.Segments))
                    return (one.Glob, other.Glob);
            }
        }
        return null;
    }
}
