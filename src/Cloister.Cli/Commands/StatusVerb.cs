namespace Cloister.Cli.Commands;

/// <summary><c>cloister</c> alone: what runs, and what to type next.</summary>
internal static class StatusVerb
{
    public static async Task<int> RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        var code = await PsVerb.RunAsync(context, all: false, form: null, cancellationToken);
        context.Hint("cloister --help lists every verb; the first ones are run, ps, inbox, diff, merge");
        return code;
    }
}
