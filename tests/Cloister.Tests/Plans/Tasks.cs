using Cloister.Plans;

namespace Cloister.Tests.Plans;

internal static class Tasks
{
    /// <summary>A task like any other; tests say with <c>with</c> what matters to them.</summary>
    public static PlanTask Some { get; } = new(
        "some", "Some task", "Do it", [], [], null, TaskDefaults.DefaultAgent, null, TaskDefaults.DefaultTimeout, null, TaskDefaults.DefaultRetries,
        [], [], null, AllowWrites: false, null, Approval.Merge, null, [], ContinueOnError: false, [], [], null, Instructions: true, NoAnswer.Wait);
}
