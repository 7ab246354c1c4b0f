namespace Cloister.Plans.Syntax;

/// <summary>Collects what is found in one source; after the limit only the first ones count, because those have to be fixed anyway.</summary>
internal sealed class ProblemList(SourceText source, List<PlanProblem> problems)
{
    public SourceText Source => source;

    /// <summary>True when something was found.</summary>
    public bool Any => problems.Count > 0;

    /// <summary>The same collection for problems in another file, such as a prompt's.</summary>
    public ProblemList In(SourceText other) => new(other, problems);

    public void Error(string code, string message, SourceSpan span, string? suggestion = null, string? help = null) =>
        Add(source.Problem(ProblemSeverity.Error, code, message, span, suggestion, help));

    public void Warning(string code, string message, SourceSpan span, string? help = null) =>
        Add(source.Problem(ProblemSeverity.Warning, code, message, span, help: help));

    public void Note(string code, string message, SourceSpan span, string? help = null) =>
        Add(source.Problem(ProblemSeverity.Note, code, message, span, help: help));

    public void Add(PlanProblem problem)
    {
        // A note must never push an error out of the list.
        if (problems.Count < PlanLimits.Problems)
            problems.Add(problem);
        else if (problem.Severity == ProblemSeverity.Error && LastHarmless() is var last and >= 0)
            problems[last] = problem;
    }

    private int LastHarmless() => problems.FindLastIndex(p => p.Severity != ProblemSeverity.Error);
}
