using System.Text;
using Cloister.Runs;
using Cloister.Server.Mcp.Documents;
using Cloister.Server.References;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Resources;

/// <summary>Runs and what they left, as resources: people name them in their prompts, <c>@cloister:cloister://r7/api/diff</c>.</summary>
/// <param name="desk">The runs.</param>
internal sealed class ResourceDispatch(McpDesk desk)
{
    // A list is looked through by a person: what is older is found by its address.
    private const int MostRuns = 20, MostTasks = 60;

    // Clients may keep a text for this long without asking again; what is finished stays as it is.
    private static readonly TimeSpan WhileRunning = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Finished = TimeSpan.FromHours(1);

    /// <summary>The addresses there can be.</summary>
    public static ListResourceTemplatesResult Templates { get; } = new()
    {
        ResourceTemplates =
        [
            new() { Name = "run", UriTemplate = "cloister://{run}", Description = "A run and its tasks", MimeType = "text/markdown" },
            .. CloisterUri.Parts.Select(part => new ResourceTemplate { Name = part, UriTemplate = $"cloister://{{run}}/{{task}}/{part}", Description = $"The {part} of a task" }),
            new() { Name = "artifact", UriTemplate = "cloister://{run}/{task}/artifacts/{name}", Description = "A file that a task reported" },
        ],
    };

    /// <summary>The newest runs and their tasks.</summary>
    public async ValueTask<ListResourcesResult> ListAsync(CancellationToken cancellationToken)
    {
        var runs = (await desk.Orchestrator.ListAsync(all: true, cancellationToken)).Take(MostRuns).ToList();
        var tasks = runs.SelectMany(run => run.Tasks).Take(MostTasks);
        return new ListResourcesResult
        {
            Resources =
            [
                .. runs.Select(run => new Resource { Uri = $"cloister://{run.Run}", Name = $"{run.Run} {Plain.Line(run.Name)}", MimeType = "text/markdown" }),
                .. tasks.Select(row => new Resource
                {
                    Uri = CloisterUri.Of(new TaskTarget(new TaskRef(row.Run, row.Task)), "summary"),
                    Name = $"{row.Run}/{row.Task}",
                    Description = $"{Api.EnumWord.Of(row.State)} {Plain.Line(row.Summary ?? row.Detail ?? "")}".TrimEnd(),
                    MimeType = "text/markdown",
                }),
            ],
        };
    }

    /// <summary>What lies at an address.</summary>
    public async ValueTask<ReadResourceResult> ReadAsync(string address, CancellationToken cancellationToken)
    {
        var uri = CloisterUri.TryParse(address) ?? throw NotFound($"there is no {Plain.Line(address)}. addresses are cloister://r7 and cloister://r7/api/summary, result, log, diff, transcript or artifacts/NAME");
        try
        {
            return uri is { Part: "artifacts", File: { } name } ? await ArtifactAsync(uri, name, address, cancellationToken) : await TextAsync(uri, address, cancellationToken);
        }
        catch (CloisterException failure)
        {
            throw new McpProtocolException(ToolDispatch.Words(failure), failure, McpErrorCode.ResourceNotFound);
        }
    }

    private async Task<ReadResourceResult> TextAsync(CloisterUri uri, string address, CancellationToken cancellationToken)
    {
        var (documents, transcripts) = (new RunDocuments(desk), new Transcripts(desk));
        var document = uri.Part switch
        {
            "result" => await documents.ResultAsync(uri.Target, cancellationToken),
            "diff" => await documents.DiffAsync(uri.Target, path: null, cancellationToken),
            "log" or "transcript" => await transcripts.WholeAsync(await transcripts.AttemptAsync(uri.Target, cancellationToken), raw: uri.Part == "transcript", cancellationToken),
            _ => await documents.SummaryAsync(uri.Target, cancellationToken),
        };
        return new ReadResourceResult
        {
            Contents = [new TextResourceContents { Uri = address, MimeType = document.MediaType, Text = document.Text }],
            TimeToLive = document.IsFinal ? Finished : WhileRunning,
        };
    }

    private async Task<ReadResourceResult> ArtifactAsync(CloisterUri uri, string name, string address, CancellationToken cancellationToken)
    {
        var (artifact, content) = await new ArtifactText(desk).ReadAsync(uri.Target, name, cancellationToken);
        ResourceContents contents = ArtifactText.IsText(content)
            ? new TextResourceContents { Uri = address, MimeType = artifact.MediaType, Text = Encoding.UTF8.GetString(content) }
            : BlobResourceContents.FromBytes(content, address, artifact.MediaType);
        return new ReadResourceResult { Contents = [contents], TimeToLive = Finished };
    }

    private static McpProtocolException NotFound(string what) => new(what, McpErrorCode.ResourceNotFound);
}
