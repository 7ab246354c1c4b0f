using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>
/// Says whether a promise was broken, from outside: the database by SQL, the attempts by their files and the kernel's locks, the
/// processes by /proc, the work by git. It shares no code with the engine it judges.
/// </summary>
internal sealed class Oracle
{
    private readonly TestRepository _repository;
    private readonly RepositoryFingerprint _before;

    private Oracle(TestRepository repository, RepositoryFingerprint before) => (_repository, _before) = (repository, before);

    /// <summary>Remembers the person's repository as it is before anything happens to it.</summary>
    public static async Task<Oracle> BeforeAsync(TestRepository repository) => new(repository, await RepositoryFingerprint.TakeAsync(repository));

    /// <summary>Everything that is wrong now, one line each; right in the middle of a recovery some of it may still be put right.</summary>
    public async Task<IReadOnlyList<string>> LookAsync()
    {
        // The journal before the folders: what it knows must be there already.
        var journal = Journal.Read(_repository.StateFolder);
        var folders = await AttemptFolders.ReadAsync(_repository);
        var work = await WorkJudge.OfAsync(_repository);
        var after = await RepositoryFingerprint.TakeAsync(_repository);
        return
        [
            .. JournalJudge.Judge(journal, folders),
            .. ProcessJudge.Judge(folders, _repository),
            .. work.Judge(folders),
            .. MoneyJudge.Judge(journal, folders),
            .. _before.Differences(after).Select(difference => $"the person's repository: {difference}"),
        ];
    }

    /// <summary>Fails with what is wrong unless all is well within the time that recovery may take.</summary>
    public async Task AssertAllIsWellAsync(TimeSpan within)
    {
        IReadOnlyList<string> findings = [];
        try
        {
            await Eventually.BeTrueAsync("all to be well", within, async () => (findings = await LookAsync()).Count == 0);
        }
        catch (Xunit.Sdk.XunitException late)
        {
            Assert.Fail($"{late.Message}\n{string.Join('\n', findings)}\n{Tail()}");
        }
    }

    /// <summary>What the engine had to say, for whoever reads the failure.</summary>
    private string Tail()
    {
        var log = Path.Combine(_repository.StateFolder, "engine.log");
        return File.Exists(log) ? $"the end of engine.log:\n{string.Join('\n', File.ReadLines(log).TakeLast(40))}" : "there is no engine.log";
    }
}
