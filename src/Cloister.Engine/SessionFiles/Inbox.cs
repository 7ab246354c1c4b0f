using System.Text;
using Cloister.Processes;

namespace Cloister.SessionFiles;

/// <summary>
/// A folder by which messages of others come in. They are written with plain tools, so a file that is no JSON yet is given time; what never
/// becomes a message is set aside with the reason. Not for two at a time.
/// </summary>
internal sealed class Inbox(SessionFolder folder, string box, MessageDirection direction, TimeProvider timeProvider)
{
    /// <summary>An agent that writes a message piece by piece is between two pieces for less than this.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Files examined in one look, so that a storm keeps nobody else waiting.</summary>
    public const int MostAtOnce = 256;

    // Names are read before they are ordered; a folder with more than this is a storm, whose order does not matter.
    private const int MostNames = 10_000;

    internal const string Taken = "taken";
    private const string RejectedFolder = "rejected";
    private const int LongestName = 100;

    private readonly Dictionary<string, (string? Stamp, DateTimeOffset Since)> _unfinished = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _ours = new(StringComparer.Ordinal);

    private HashSet<MessageKey> _offered = [];

    /// <summary>Looks what is there.</summary>
    /// <param name="writerIsGone">True when nobody writes any more: what is unfinished stays so, and is not waited for.</param>
    public IncomingMail Look(bool writerIsGone = false)
    {
        using var held = folder.Hold("communication", box);
        var names = held.Names(MostNames).Where(name => IsMail(held, name)).OrderBy(name => MessageFile.NumberOf(name) ?? int.MaxValue).ThenBy(name => name, StringComparer.Ordinal).ToList();
        var messages = new List<IncomingMessage>();
        var rejected = new List<RejectedFile>();
        TimeSpan? again = null;
        var examined = 0;
        foreach (var name in names)
        {
            // Taken before the file is read: a change after that is seen by the next look.
            var stamp = StampOf(held, name);
            if (!writerIsGone && Patience(name, stamp) is { } left && left > TimeSpan.Zero)
            {
                again = again < left ? again : left;
                continue;
            }
            if (examined++ == MostAtOnce)
            {
                // The rest at once, unless the caller lets the same ones lie: then there is no hurry.
                again = rejected.Count > 0 || messages.Exists(mail => !_offered.Contains(mail.Key)) ? TimeSpan.Zero : Grace;
                break;
            }
            var reading = Examine(held, name, stamp, out var hash);
            if (reading.Message is { } message)
                messages.Add(new IncomingMessage(new MessageKey(box, name, hash), message));
            else if (reading.IsUnfinished && !writerIsGone && Await(name, stamp))
                again = again < Grace ? again : Grace;
            else if (WhyRejected(reading) is { } whyNot && TryReject(held, name, whyNot) is { } file)
                rejected.Add(file);
        }
        Forget(names);
        _offered = [.. messages.Select(mail => mail.Key)];
        return new IncomingMail([.. messages.OrderBy(mail => mail.Message.Number).ThenBy(mail => mail.Key.File, StringComparer.Ordinal)], rejected, again);
    }

    /// <summary>Moves a message's file away. May be repeated; a file with another content by now is another message and stays.</summary>
    public void MarkTaken(MessageKey key)
    {
        using var held = folder.Hold("communication", box);
        if (!IsIt(held, key.File, key.Hash))
            return;
        using var taken = held.EnterOrReplace(Taken);
        var name = FreeName(taken, key.File);
        held.Rename(key.File, taken, name);
        // Written anew between the look and the move: a message that nobody has read yet.
        if (!IsIt(taken, name, key.Hash))
            taken.Rename(name, held, held.Exists(key.File) ? AnotherName(key.File) : key.File);
    }

    /// <summary>Frees the name for a message of ours: whatever of somebody else lies under it comes in under another name.</summary>
    public void MakeRoom(HeldFolder held, string name)
    {
        if (!held.Exists(name) || Examine(held, name, StampOf(held, name), out _).IsOurs)
            return;
        if (held.TryRead(name, MessageFile.LargestFile).Content is null)
            TryReject(held, name, "it lies where a message of the engine belongs");
        else
            held.Rename(name, held, AnotherName(name));
    }

    private bool IsMail(HeldFolder held, string name) =>
        !IsDraft(name) && !held.IsFolder(name) && !(direction == MessageDirection.ToAgent && IsKnownAsOurs(held, name));

    private bool IsKnownAsOurs(HeldFolder held, string name) =>
        _ours.TryGetValue(name, out var stamp) && stamp is not null && stamp == StampOf(held, name);

    private static string? StampOf(HeldFolder held, string name) => FileStamp.Of(Path.Combine(held.Path, name));

    // The names under which editors and careful programs write before they rename.
    private static bool IsDraft(string name) =>
        name[0] == '.' || name[^1] == '~' || name.Contains(".tmp", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".swp", StringComparison.OrdinalIgnoreCase);

    private MessageReading Examine(HeldFolder held, string name, string? stamp, out string hash)
    {
        hash = "";
        if (SafeName(name) != name || !name.EndsWith(".json", StringComparison.Ordinal))
            return new MessageReading(null, "a message's file has a name like 0001-progress_update.json");
        byte[]? content;
        try
        {
            (content, var whyNot) = held.TryRead(name, MessageFile.LargestFile);
            if (content is null)
                return new MessageReading(null, held.Exists(name) ? whyNot : null);
        }
        catch (IOException)
        {
            return new MessageReading(null, "it cannot be read", IsUnfinished: true);
        }
        hash = MessageFile.HashOf(content);
        var reading = MessageFile.Read(name, content, folder.Session, direction);
        if (reading.IsOurs)
            _ours[name] = stamp;
        return reading;
    }

    private string? WhyRejected(MessageReading reading) =>
        reading.IsOurs && direction == MessageDirection.FromAgent ? "written_by says that the engine wrote it" : reading.WhyNot;

    // For how long a file that was unfinished when it was read, and has not changed since, is left alone; null for any other.
    private TimeSpan? Patience(string name, string? stamp) =>
        _unfinished.TryGetValue(name, out var before) && before.Stamp == stamp ? Grace - (timeProvider.GetUtcNow() - before.Since) : null;

    // False when it was waited for long enough.
    private bool Await(string name, string? stamp)
    {
        if (Patience(name, stamp) is not null)
            return false;
        _unfinished[name] = (stamp, timeProvider.GetUtcNow());
        return true;
    }

    private void Forget(List<string> names)
    {
        foreach (var gone in _unfinished.Keys.Except(names, StringComparer.Ordinal).ToList())
            _unfinished.Remove(gone);
    }

    // Null when it is gone by now.
    private RejectedFile? TryReject(HeldFolder held, string name, string whyNot)
    {
        using var rejected = held.EnterOrReplace(RejectedFolder);
        var shown = FreeName(rejected, SafeName(name));
        try
        {
            // The reason first: a file without one would be a riddle, a reason without its file is rewritten by the next look.
            rejected.Write($"{shown}.reason.txt", Encoding.UTF8.GetBytes(whyNot + "\n"));
            held.Rename(name, rejected, shown);
            return new RejectedFile(box, shown, whyNot);
        }
        catch (IOException) when (!held.Exists(name))
        {
            return null;
        }
    }

    private string FreeName(HeldFolder target, string name) => target.Exists(name) ? AnotherName(name) : name;

    // Random enough, and still the name of a message.
    private string AnotherName(string name) =>
        $"{Path.GetFileNameWithoutExtension(name)}.{Guid.CreateVersion7(timeProvider.GetUtcNow()).ToString("N")[^8..]}{Path.GetExtension(name)}";

    private static bool IsIt(HeldFolder held, string name, string hash) =>
        SafeName(name) == name && held.TryRead(name, MessageFile.LargestFile).Content is { } content && MessageFile.HashOf(content) == hash;

    private static string SafeName(string name) =>
        new([.. name.Take(LongestName).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '_')]);
}
