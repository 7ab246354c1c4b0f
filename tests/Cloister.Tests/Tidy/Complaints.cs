namespace Cloister.Tests.Tidy;

/// <summary>A tidy test fails with every complaint, each on a line of its own: the list is what has to be put right.</summary>
internal static class Complaints
{
    public static void None(IEnumerable<string> complaints)
    {
        var all = complaints.Distinct().ToList();
        if (all.Count > 0)
            Assert.Fail(string.Join('\n', all));
    }
}
