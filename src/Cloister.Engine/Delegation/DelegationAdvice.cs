using System.Globalization;
using System.Text.Json.Serialization;

namespace Cloister.Delegation;

/// <summary>Whether a task should be given to an agent of its own, and why.</summary>
/// <param name="Delegate">True when it should.</param>
/// <param name="Rule">The rule that decided.</param>
/// <param name="Reason">One sentence with the figures, without a full stop.</param>
/// <param name="Estimate">How much thinking it needs.</param>
/// <param name="Efficiency">The share of its tokens that would serve the task: reasoning ÷ (reasoning + overhead).</param>
public sealed record DelegationAdvice(bool Delegate, DelegationRule Rule, string Reason, ReasoningEstimate Estimate, double Efficiency)
{
    private const long SimpleBelow = 500;
    private const double LeastEfficiency = 0.20;
    private const double ContextPressureAbove = 0.45;
    private const long SubstantialAbove = 2_000;
    private const int FewestParallel = 3;
    private const int ManyStepsAbove = 5;
    private const int ManyFilesAbove = 3;

    /// <summary>The advice for a task. The rules are asked in this order, and the first that has an answer decides.</summary>
    /// <param name="task">The task.</param>
    /// <param name="estimate">How much thinking it needs.</param>
    /// <param name="overhead">What an agent costs before its task.</param>
    /// <param name="here">How full the conversation of whoever asks is; null: nobody knows.</param>
    internal static DelegationAdvice Of(DelegationTask task, ReasoningEstimate estimate, Overhead overhead, CallerContext? here)
    {
        var reasoning = Math.Max(0, estimate.Tokens);
        var efficiency = reasoning == 0 ? 0 : reasoning / ((double)reasoning + Math.Max(0, overhead.Tokens));
        DelegationAdvice No(DelegationRule rule, FormattableString reason) => new(false, rule, Said(reason), estimate, efficiency);
        DelegationAdvice Yes(DelegationRule rule, FormattableString reason) => new(true, rule, Said(reason), estimate, efficiency);

        if (reasoning < SimpleBelow)
            return No(DelegationRule.Simple, $"simple task: about {reasoning} tokens of reasoning ({estimate.Basis}), done faster here");
        if (efficiency < LeastEfficiency)
        {
            return No(
                DelegationRule.Inefficient,
                $"{efficiency:P0} of an agent's tokens would serve the task: {reasoning} of reasoning ({estimate.Basis}) beside {overhead.Tokens} of overhead ({overhead.Words})");
        }
        if (here?.Share > ContextPressureAbove)
            return Yes(DelegationRule.ContextPressure, $"the conversation here is {here.Words}: an agent of its own keeps the rest free");
        if (reasoning > SubstantialAbove)
            return Yes(DelegationRule.Substantial, $"about {reasoning} tokens of reasoning ({estimate.Basis}) are worth an agent's overhead of {overhead.Tokens} ({overhead.Words})");
        if (task.IndependentSubtasks >= FewestParallel)
            return Yes(DelegationRule.Parallel, $"{task.IndependentSubtasks} independent subtasks can be done side by side");
        if (task.Steps > ManyStepsAbove)
            return Yes(DelegationRule.ManySteps, $"{task.Steps} distinct steps are better followed in a context of their own");
        if (task.LargeFiles > ManyFilesAbove)
            return Yes(DelegationRule.ManyFiles, $"{task.LargeFiles} large files would fill the context here");
        return here is null
            ? No(DelegationRule.Manageable, $"about {reasoning} tokens of reasoning ({estimate.Basis}) fit into the context here")
            : No(DelegationRule.Manageable, $"about {reasoning} tokens of reasoning ({estimate.Basis}) fit into the conversation here, which is {here.Words}");
    }

    private static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture).Replace(" %", "%", StringComparison.Ordinal);
}

/// <summary>The rule that decided.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DelegationRule>))]
public enum DelegationRule
{
    /// <summary>Hardly any thinking: no.</summary>
    [JsonStringEnumMemberName("simple")] Simple,

    /// <summary>Mostly overhead: no.</summary>
    [JsonStringEnumMemberName("inefficient")] Inefficient,

    /// <summary>The context of whoever asks fills up: yes.</summary>
    [JsonStringEnumMemberName("context_pressure")] ContextPressure,

    /// <summary>Much thinking: yes.</summary>
    [JsonStringEnumMemberName("substantial")] Substantial,

    /// <summary>Several parts at once: yes.</summary>
    [JsonStringEnumMemberName("parallel")] Parallel,

    /// <summary>Many steps: yes.</summary>
    [JsonStringEnumMemberName("many_steps")] ManySteps,

    /// <summary>Many large files: yes.</summary>
    [JsonStringEnumMemberName("many_files")] ManyFiles,

    /// <summary>None of these: no.</summary>
    [JsonStringEnumMemberName("manageable")] Manageable,
}
