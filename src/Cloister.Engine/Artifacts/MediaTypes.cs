namespace Cloister.Artifacts;

/// <summary>What a file seems to be, by its name: for whoever shows it. The content is never looked at and nothing is decided by it.</summary>
internal static class MediaTypes
{
    private const string Unknown = "application/octet-stream";

    private static readonly Dictionary<string, string> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".txt"] = "text/plain",
        [".log"] = "text/plain",
        [".md"] = "text/markdown",
        [".csv"] = "text/csv",
        [".html"] = "text/html",
        [".xml"] = "application/xml",
        [".json"] = "application/json",
        [".ndjson"] = "application/x-ndjson",
        [".yaml"] = "application/yaml",
        [".yml"] = "application/yaml",
        [".patch"] = "text/x-diff",
        [".diff"] = "text/x-diff",
        [".pdf"] = "application/pdf",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".webp"] = "image/webp",
        [".zip"] = "application/zip",
        [".gz"] = "application/gzip",
        [".tar"] = "application/x-tar",
    };

    public static string Of(string name) => ByExtension.GetValueOrDefault(Path.GetExtension(name), Unknown);
}
