namespace Cloister.Accounting;

/// <summary>
/// What one agent process used: every model message counted once, subagents included, at list price; replaced by the CLI's own figures
/// as soon as it reports them. Deterministic: the same calls give the same figures.
/// </summary>
/// <param name="largestWindow">The window within which the conversation is kept, whatever its model could hold.</param>
internal sealed class UsageLedger(long largestWindow)
{
    // A message is seen again while it streams, next to those of its subagents; a longer memory would only grow with the session.
    private const int MostRemembered = 4_096;

    private readonly Dictionary<string, Entry> _messages = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldestFirst = new();
    private readonly Dictionary<string, string> _streaming = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _unpriced = new(StringComparer.Ordinal);
    private readonly List<ModelUsage> _sinceStart = [];
    private string _mainModel = "";
    private long _reportedWindow;
    private long _toldWindow;

    private long ModelWindow => _reportedWindow > 0 ? _reportedWindow : PriceList.Find(_mainModel).ContextWindow;

    /// <summary>Everything so far.</summary>
    public TokenUsage Tokens { get; private set; }

    /// <summary>What it cost: reported where reported, estimated otherwise.</summary>
    public decimal CostUsd { get; private set; }

    /// <summary>What the main conversation's newest turn had in its window.</summary>
    public long ContextTokens { get; private set; }

    /// <summary>Size of the window that the main conversation has to fit into; 0 before the first message.</summary>
    public long ContextWindow => _toldWindow > 0 ? _toldWindow : _mainModel.Length > 0 ? Math.Min(largestWindow, ModelWindow) : 0;

    /// <summary>True while the window is taken from a list that may be wrong for this account or does not have the model.</summary>
    public bool WindowInDoubt => _toldWindow == 0 && _reportedWindow == 0 && (largestWindow > PriceList.Window200K || !PriceList.Find(_mainModel).Known);

    /// <summary>Model turns of the main conversation.</summary>
    public int Turns { get; private set; }

    /// <summary>Models that are not in the price list and are counted at its highest current tier.</summary>
    public IReadOnlyCollection<string> UnpricedModels => _unpriced;

    /// <summary>The model the CLI says the session runs on, before any message.</summary>
    public void UseModel(string model)
    {
        if (_mainModel == model)
            return;
        _mainModel = model;
        _reportedWindow = 0;
        _toldWindow = 0;
    }

    /// <summary>What the CLI itself works with, asked for by itself.</summary>
    public void UseWindow(long window) => _toldWindow = window;

    /// <summary>A message, or another sight of one: fields only ever grow.</summary>
    /// <param name="id">The message's id.</param>
    /// <param name="model">The model that wrote it.</param>
    /// <param name="conversation">The subagent's tool call, or null for the main conversation.</param>
    /// <param name="tokens">Its usage as far as known.</param>
    public void Message(string id, string model, string? conversation, TokenUsage tokens)
    {
        if (id.Length == 0)
            return;
        _streaming[conversation ?? ""] = id;
        if (!_messages.TryGetValue(id, out var entry))
        {
            entry = new Entry(model, conversation is null);
            Remember(id, entry);
            if (entry.Main)
                Turns++;
        }

        if (entry.Settled)
            return;
        if (entry.Main && !SameModel(_mainModel, model))
            UseModel(model);

        Grow(entry, tokens);
    }

    /// <summary>The final figures of the message that streams in this conversation.</summary>
    public void MessageEnding(string? conversation, TokenUsage tokens)
    {
        if (_streaming.TryGetValue(conversation ?? "", out var id) && _messages.TryGetValue(id, out var entry) && !entry.Settled)
            Grow(entry, tokens);
    }

    /// <summary>
    /// The CLI's own account at the end of a turn. It is believed when it covers at least what was seen here; a report that knows of less
    /// (a failed start, a figure that began again) is not.
    /// </summary>
    /// <param name="cumulative">Since the process began; later versions go on counting where a resumed conversation stopped.</param>
    /// <param name="sinceLastReport">What those later versions say about this turn alone; null from the others.</param>
    public void Reconcile(IReadOnlyList<ModelUsage> cumulative, IReadOnlyList<ModelUsage>? sinceLastReport)
    {
        if (sinceLastReport is not null)
            _sinceStart.AddRange(sinceLastReport);
        var report = _sinceStart.Count > 0 ? _sinceStart : cumulative;
        var tokens = report.Aggregate(default(TokenUsage), (sum, model) => sum + model.Tokens);
        if (Total(tokens) < Total(Tokens))
            return;
        Tokens = tokens;
        CostUsd = report.Sum(model => model.CostUsd);
        foreach (var entry in _messages.Values)
            entry.Settled = true;
        var main = report.LastOrDefault(model => SameModel(model.Model, _mainModel));
        if (main is { ContextWindow: > 0 })
            _reportedWindow = main.ContextWindow;
    }

    private void Remember(string id, Entry entry)
    {
        _messages[id] = entry;
        _oldestFirst.Enqueue(id);
        if (_oldestFirst.Count > MostRemembered)
            _messages.Remove(_oldestFirst.Dequeue());
    }

    // Only the difference is added: a session of ten thousand messages would otherwise be summed up ten thousand times.
    private void Grow(Entry entry, TokenUsage tokens)
    {
        var grown = new TokenUsage(
            Math.Max(entry.Tokens.Input, tokens.Input),
            Math.Max(entry.Tokens.CacheRead, tokens.CacheRead),
            Math.Max(entry.Tokens.CacheWrite, tokens.CacheWrite),
            Math.Max(entry.Tokens.Output, tokens.Output));
        if (entry.Main && grown.Context > 0)
            ContextTokens = grown.Context;
        var more = grown - entry.Tokens;
        if (Total(more) == 0)
            return;
        entry.Tokens = grown;
        var facts = PriceList.Find(entry.Model);
        if (!facts.Known)
            _unpriced.Add(entry.Model);
        Tokens += more;
        CostUsd += facts.Price.Of(more);
    }

    private static long Total(TokenUsage tokens) => tokens.Context + tokens.Output;

    // "claude-opus-4-8[1m]" in reports is "claude-opus-4-8" in messages; ids with a date begin with the plain one.
    private static bool SameModel(string a, string b) =>
        a.Length > 0 && b.Length > 0 && (a.StartsWith(b, StringComparison.Ordinal) || b.StartsWith(a, StringComparison.Ordinal));

    private sealed class Entry(string model, bool main)
    {
        public string Model { get; } = model;

        public bool Main { get; } = main;

        public TokenUsage Tokens { get; set; }

        /// <summary>True when the CLI's own account covers it.</summary>
        public bool Settled { get; set; }
    }
}
