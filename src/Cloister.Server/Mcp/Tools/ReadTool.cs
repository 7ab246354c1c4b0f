using Cloister.Server.Mcp.Documents;
using Cloister.Server.References;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Tools;

/// <summary>A page of what was asked for.</summary>
internal sealed record ReadAnswer(string Ref, string What, string Text, string? Next);

/// <summary><c>read</c>: results, transcripts, diffs; a page at a time, with a link to the whole.</summary>
internal static class ReadTool
{
    private static readonly Parameter<string> Ref = Parameter.RequiredText("ref", "r7/api or q12");
    private static readonly Parameter<string> What = Parameter.Word("what", ["summary", "result", "log", "diff", "conflicts", "cost", "question"], isRequired: true);
    private static readonly Parameter<string?> Path = Parameter.Text("path", "diff: file; result: artifact");
    private static readonly Parameter<string?> Cursor = Parameter.Text("cursor", "next; log: tail");

    public static McpTool Declaration { get; } = new("read", "Read about a run, task or question, a page at a time", [Ref, What, Path, Cursor], RunAsync)
    {
        ReadOnly = true,
    };

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var target = await call.Desk.ResolveAsync(call.Get(Ref), cancellationToken);
        var what = target is QuestionTarget ? "question" : call.Get(What);
        var page = await PageAsync(call, target, what, cancellationToken);
        var answer = new ReadAnswer(target.ToString()!, what, page.Text, page.Next);
        var text = page.Next is null ? page.Text : $"{page.Text}\nnext page: cursor \"{page.Next}\"";
        return ToolAnswer.Of(answer, McpJson.Readable.ReadAnswer, text) with { Links = Links(target, what, call.Get(Path)) };
    }

    private static async Task<DocumentPage> PageAsync(ToolCall call, Target target, string what, CancellationToken cancellationToken)
    {
        var (documents, path, cursor) = (new RunDocuments(call.Desk), call.Get(Path), call.Get(Cursor));
        if (what == "log")
        {
            var transcripts = new Transcripts(call.Desk);
            return await transcripts.PageAsync(await transcripts.AttemptAsync(target, cancellationToken), cursor, cancellationToken);
        }
        var document = what switch
        {
            "summary" => await documents.SummaryAsync(target, cancellationToken),
            "result" => path is null
                ? await documents.ResultAsync(target, cancellationToken)
                : await new ArtifactText(call.Desk).TextAsync(target, path, cancellationToken),
            "diff" => await documents.DiffAsync(target, path, cancellationToken),
            "conflicts" => await documents.ConflictsAsync(target, cancellationToken),
            "cost" => await documents.CostAsync(target, cancellationToken),
            _ => await documents.QuestionAsync(target, cancellationToken),
        };
        return DocumentPage.Of(document.Text, cursor);
    }

    private static IReadOnlyList<ResourceLinkBlock> Links(Target target, string what, string? path)
    {
        if (target is not TaskTarget and not AttemptTarget)
            return [];
        var uri = what switch
        {
            "result" when path is not null => CloisterUri.Artifact(target, path),
            "summary" or "result" or "log" or "diff" => CloisterUri.Of(target, what),
            _ => null,
        };
        return uri is null ? [] : [new ResourceLinkBlock { Uri = uri, Name = $"{target} {what}" }];
    }
}
