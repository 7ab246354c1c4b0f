namespace Cloister.Accounting;

/// <summary>Models that count and cost alike enough to learn from each other.</summary>
internal static class ModelFamily
{
    /// <summary>Everything that is none of the known ones: what agents and files call a model must not add families without end.</summary>
    public const string Other = "other";

    private static readonly string[] Known = ["opus", "sonnet", "haiku", "fable", "mythos"];

    /// <summary>The family of a model's alias or id.</summary>
    public static string Of(string model) =>
        Array.Find(Known, name => model.Contains(name, StringComparison.OrdinalIgnoreCase)) ?? Other;
}
