using Cloister.Runs;
using Cloister.Storage;

namespace Cloister.Tests.Storage;

public sealed class MemoryRunStoreTests : RunStoreContract
{
    private readonly MemoryRunStore _store = new("019c0000-0000-7000-8000-000000000001");

    internal override Task<IRunStore> OpenAsync() => Task.FromResult<IRunStore>(_store);
}
