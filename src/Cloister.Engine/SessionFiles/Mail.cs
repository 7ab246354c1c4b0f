namespace Cloister.SessionFiles;

/// <summary>
/// Recognises a message that came in, for ever: by its folder and its content, of which its number is a part. A file that is written anew under
/// an old name is a new message. Its text is what the journal keeps.
/// </summary>
/// <param name="Box">The folder: <c>from_agent</c> or <c>to_agent</c>.</param>
/// <param name="File">The file's name.</param>
/// <param name="Hash">The hash of its content.</param>
internal readonly record struct MessageKey(string Box, string File, string Hash)
{
    public override string ToString() => $"{Box}/{File}@{Hash}";

    /// <summary>
    /// True when another key, as text, is of the same message: one that had to make room for a message of ours lies under another name now.
    /// </summary>
    public bool IsSameMessageAs(string key) => key.StartsWith($"{Box}/", StringComparison.Ordinal) && key.EndsWith($"@{Hash}", StringComparison.Ordinal);
}

/// <summary>A well-formed message that came in and lies there until it is marked as taken.</summary>
internal sealed record IncomingMessage(MessageKey Key, SessionMessage Message);

/// <summary>A file that was no message and lies in <c>rejected</c> now.</summary>
/// <param name="Box">The folder it came in by.</param>
/// <param name="File">Its name there, made fit to be shown.</param>
/// <param name="WhyNot">What is wrong with it, in words for people.</param>
internal sealed record RejectedFile(string Box, string File, string WhyNot);

/// <summary>What came in.</summary>
/// <param name="Messages">Well-formed messages in their order, the taken ones too whose file is still where it was.</param>
/// <param name="Rejected">Files set aside by this look.</param>
/// <param name="LookAgainIn">When a file that is still being written has to be looked at again; null when none is.</param>
internal sealed record IncomingMail(IReadOnlyList<IncomingMessage> Messages, IReadOnlyList<RejectedFile> Rejected, TimeSpan? LookAgainIn);
