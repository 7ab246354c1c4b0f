using Cloister.Runs;
using Cloister.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Tests.Storage;

public sealed class SqliteRunStoreTests : RunStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal override async Task<IRunStore> OpenAsync() =>
        await SqliteRunStore.OpenAsync(_folder.File("cloister.db"), TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);

    public void Dispose() => _folder.Dispose();
}
