using System.CommandLine;
using Cloister.Cli.Installation;
using Cloister.Cli.Output;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister mcp install</c>: tells a client of our tools, in its own settings, after a person has seen the difference.</summary>
internal static class McpInstallVerb
{
    public static Verb Create()
    {
        var client = new Argument<string>("CLIENT") { Description = $"Who is told: {string.Join(", ", McpClient.Names)}" };
        var scope = new Option<string?>("--scope") { Description = "For claude-code: user (default) or project", HelpName = "scope" };
        return new Verb("install", "Register the tools with a client, after showing the change", (context, _) =>
        {
            var name = Scoped(context.Line.GetRequiredValue(client), context.Line.GetValue(scope));
            return Task.FromResult(Install(context, McpClient.Of(name, context.Project, context.Environment)));
        })
        {
            client, scope,
        };
    }

    private static string Scoped(string client, string? scope) => (client, scope) switch
    {
        (_, null) or ("claude-code", "user") => client,
        ("claude-code" or "project", "project") => "project",
        _ => throw new CloisterException("usage.scope", $"{client} has no scope \"{scope}\"", "claude-code takes --scope user or --scope project"),
    };

    private static int Install(VerbContext context, McpClient client)
    {
        var change = client.Propose();
        if (!change.IsChange)
            return Done(context, change, "kept", $"{client.File} has it already; nothing was changed");
        context.Hint(new Styled(new Piece(client.File, Tone.Path), change.Before is null ? " (new)" : ""));
        foreach (var line in change.Difference())
            context.Hint(line);
        if (client.Warning is { } warning)
            context.Hint(new Styled(new Piece("warning: ", Tone.Attention), warning));
        if (context.DryRun)
            return Done(context, change, "would write", $"{client.File} would be changed");
        if (!context.IsAgreed("write this?"))
            return Done(context, change, "proposed", $"{client.File} was not changed; cloister mcp install {client.Name} -y does it");
        var kept = change.KeepBefore(context.Now);
        change.Write();
        if (kept is not null)
            context.Hint($"as it was: {kept}");
        context.Hint(client.Next);
        return Done(context, change, "wrote", $"wrote {client.File}");
    }

    private static int Done(VerbContext context, ProposedFile change, string did, string said)
    {
        context.Show(new InitReport(did is "wrote" or "would write", [new InitFile(change.Path, did, null)]), () => CliJson.Default.InitReport, _ => context.Terminal.Print(said));
        return ExitCode.Ok;
    }
}
