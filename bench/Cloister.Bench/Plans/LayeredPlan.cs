using System.Text;

namespace Cloister.Bench.Plans;

/// <summary>A plan as large as plans may be: layers of tasks that each need a few of the layer before.</summary>
internal static class LayeredPlan
{
    /// <summary>How many tasks it has.</summary>
    public const int Tasks = 1_000;

    private const int LayerSize = 50;
    private const int NeedsEach = 3;

    private const string Prompt =
        "Move the readings of this part to the new format. Read how the parts before were done and follow them. Keep the public functions as they are, "
        + "change the tests only where they name the old format, and run them. Report what could not be moved and why, file by file, with line numbers.";

    /// <summary>Its text.</summary>
    public static string Yaml { get; } = Write();

    private static string Write()
    {
        var text = new StringBuilder("version: 1\nname: large\ngoal: Move every part to the new format\nconcurrency: 8\ntasks:\n");
        for (var i = 0; i < Tasks; i++)
        {
            text.AppendLine($"  part{i}:").AppendLine($"    title: Move part {i}").AppendLine($"    prompt: {Prompt}");
            text.AppendLine($"    files: [src/part{i}/**, tests/part{i}/*.test.js]").AppendLine("    checks: [node --test]");
            if (i >= LayerSize)
                text.AppendLine($"    needs: [{string.Join(", ", Enumerable.Range(0, NeedsEach).Select(n => $"part{Needed(i, n)}"))}]");
            if (i % 10 == 9)
                text.AppendLine("    if: ${{ success() }}");
        }
        return text.ToString();
    }

    private static int Needed(int task, int n) => (((task / LayerSize) - 1) * LayerSize) + ((task + (n * 7)) % LayerSize);
}
