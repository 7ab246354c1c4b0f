using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cloister.SessionFiles;

/// <summary>What reading a message file gave: the message, or why not. An unfinished one may become a message yet.</summary>
internal sealed record MessageReading(SessionMessage? Message, string? WhyNot = null, bool IsUnfinished = false, bool IsOurs = false);

/// <summary>The format of message files: one JSON object each, indented, with the fields in the order in which people look for them.</summary>
internal static partial class MessageFile
{
    /// <summary>Nobody reads a longer message; what is longer is a file to be named in it.</summary>
    public const int LargestFile = 1024 * 1024;

    // A message is flat; what a sender adds on its own may be a little deeper.
    private const int DeepestNesting = 16;

    // A person chooses from a list that can be seen at once.
    private const int MostOptions = 20;
    private const int LongestOption = 1000;
    private const int MostFiles = 200;
    private const int LongestPath = 1024;
    private const int LongestId = 200;

    // Marks what the engine wrote itself, so that it is not taken for a message of another program.
    private const string WrittenBy = "written_by";
    private const string Cloister = "cloister";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = DeepestNesting, AllowDuplicateProperties = false };

    /// <summary>The engine's message as a file.</summary>
    public static byte[] Write(SessionMessage message) => JsonDocumentText.Write(json =>
    {
        json.WriteString("type", MessageWords.Of(message.Type));
        json.WriteString("direction", MessageWords.Of(message.Direction));
        json.WriteString("id", message.Id);
        json.WriteNumber("number", message.Number);
        json.WriteString("session_id", message.Session.ToString());
        if (message.TaskId is not null)
            json.WriteString("task_id", message.TaskId);
        if (message.Timestamp is { } timestamp)
            json.WriteString("timestamp", Timestamp.Of(timestamp));
        json.WriteString("content", message.Content);
        if (message.Options.Count > 0)
            json.WriteTexts("options", message.Options);
        if (message.Files.Count > 0)
            json.WriteTexts("files", message.Files);
        if (message.ReplyTo is not null)
            json.WriteString("reply_to", message.ReplyTo);
        json.WriteString(WrittenBy, Cloister);
    });

    /// <summary>
    /// Reads a message of somebody else. What its file's name says need not stand in it; what both say has to agree; what we do not know is
    /// passed over.
    /// </summary>
    public static MessageReading Read(string name, ReadOnlyMemory<byte> content, SessionName session, MessageDirection direction)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(WithoutByteOrderMark(content), Strict);
        }
        catch (JsonException broken)
        {
            return new MessageReading(null, $"it is no complete JSON: {broken.Message}", IsUnfinished: true);
        }
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return new MessageReading(null, "a message is a JSON object");
            var fields = new UntrustedFields(document.RootElement);
            if (fields.Text(WrittenBy, LongestId) == Cloister)
                return new MessageReading(null, IsOurs: true);
            var message = Read(fields, name, session, direction);
            return fields.WhyNot is { } whyNot ? new MessageReading(null, whyNot) : new MessageReading(message);
        }
    }

    /// <summary>The number that a file's name begins with; null when it is not named like a message.</summary>
    public static int? NumberOf(string name) =>
        Name().Match(name) is { Success: true } match ? int.Parse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    /// <summary>The hash by which a content is recognised; a line end that came later does not make it another one.</summary>
    public static string HashOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content.TrimEnd(" \t\r\n"u8)));

    private static SessionMessage Read(UntrustedFields fields, string name, SessionName session, MessageDirection direction)
    {
        var named = Name().Match(name);
        var type = Agreed(fields, "type", named.Success ? named.Groups["type"].Value : null, fields.Text("type", LongestId));
        var number = Agreed(fields, "number", NumberOf(name)?.ToString(CultureInfo.InvariantCulture), fields.Number("number")?.ToString(CultureInfo.InvariantCulture));
        Agreed(fields, "session_id", session.ToString(), fields.Text("session_id", LongestId));
        Agreed(fields, "direction", MessageWords.Of(direction), fields.Text("direction", LongestId));
        if (MessageWords.TypeOf(type) is null)
            fields.Refuse($"type is {fields.Quote(type)}, not one of {string.Join(", ", MessageWords.Types.Select(MessageWords.Of))}");
        else if ((type == MessageWords.Of(MessageType.Instruction)) != (direction == MessageDirection.ToAgent))
            fields.Refuse(direction == MessageDirection.ToAgent ? "only an instruction goes to an agent" : "an agent gives no instructions");
        if (number is null)
            fields.Refuse("neither the file's name nor number says which message it is: call it 0001-progress_update.json or alike");
        return new SessionMessage(
            MessageWords.TypeOf(type) ?? default,
            direction,
            fields.Text("id", LongestId) ?? Path.GetFileNameWithoutExtension(name),
            number is null ? 0 : int.Parse(number, CultureInfo.InvariantCulture),
            session,
            fields.Text("task_id", LongestId),
            fields.Time("timestamp"),
            fields.Text("content", LargestFile) ?? fields.Refuse("content is missing") ?? "")
        {
            Options = fields.Texts("options", MostOptions, LongestOption),
            Files = fields.Texts("files", MostFiles, LongestPath),
            ReplyTo = fields.Text("reply_to", LongestId),
        };
    }

    private static string? Agreed(UntrustedFields fields, string field, string? expected, string? said)
    {
        if (expected is not null && said is not null && expected != said)
            fields.Refuse($"{field} is {fields.Quote(said)}, and its place says {expected}");
        return expected ?? said;
    }

    private static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> content) =>
        content.Span.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content;

    [GeneratedRegex(@"\A(?<number>[0-9]{1,9})-(?<type>[a-z_]{1,32})(?:\.[0-9a-f]{8})?\.json\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
