namespace Cloister.Rehearsal.Answering;

/// <summary>Remembers a bounded number of things and forgets the one that was not asked for longest.</summary>
internal sealed class RecentMap<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<KeyValuePair<TKey, TValue>>> _nodes = [];
    private readonly LinkedList<KeyValuePair<TKey, TValue>> _order = [];

    public int Count => _nodes.Count;

    public TValue? Find(TKey key)
    {
        if (!_nodes.TryGetValue(key, out var node))
            return default;
        _order.Remove(node);
        _order.AddLast(node);
        return node.Value.Value;
    }

    public void Put(TKey key, TValue value)
    {
        if (_nodes.Remove(key, out var old))
            _order.Remove(old);
        _nodes[key] = _order.AddLast(KeyValuePair.Create(key, value));
        if (_nodes.Count <= capacity)
            return;
        _nodes.Remove(_order.First!.Value.Key);
        _order.RemoveFirst();
    }
}
