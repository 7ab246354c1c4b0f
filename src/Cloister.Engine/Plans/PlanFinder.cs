namespace Cloister.Plans;

/// <summary>Finds the plan that is meant when none is named: the only one in the folder.</summary>
public static class PlanFinder
{
    private static readonly string[] Endings = [".plan.yaml", ".plan.yml", ".plan.json"];

    // A few are a choice, many are a list nobody reads.
    private const int MaxListed = 10;

    /// <summary>The path of the folder's only plan.</summary>
    /// <exception cref="CloisterException"><c>plan.none</c> or <c>plan.several</c>.</exception>
    public static string Find(string directory)
    {
        var plans = Plans(directory);
        return plans switch
        {
            [var only] => only,
            [] => throw new CloisterException(
                "plan.none", $"there is no *.plan.yaml in {PlanText.Safe(directory)}",
                "write one with  cloister init  or run a prompt:  cloister run \"…\""),
            _ => throw new CloisterException(
                "plan.several", $"there are several plans: {Listed(plans)}", "name one of them"),
        };
    }

    /// <summary>All plans in the folder, by name.</summary>
    public static IReadOnlyList<string> Plans(string directory) => Directory.Exists(directory)
        ? [.. Directory.EnumerateFiles(directory).Where(IsPlan).Order(StringComparer.Ordinal)]
        : [];

    private static bool IsPlan(string file) => Array.Exists(Endings, ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static string Listed(IReadOnlyList<string> plans) =>
        string.Join(", ", plans.Take(MaxListed).Select(p => PlanText.Safe(Path.GetFileName(p)))) + (plans.Count > MaxListed ? ", …" : "");
}
