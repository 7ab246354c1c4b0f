using Cloister.Runs;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Runs;

public sealed class SlotPoolTests
{
    private static readonly RunId A = new(1);
    private static readonly RunId B = new(2);
    private static readonly RunId C = new(3);

    private readonly List<RunId> _woken = [];

    [Fact]
    public void a_run_alone_gets_all_there_is_and_waits_for_the_rest()
    {
        var pool = new SlotPool(3);
        Assert.Equal(3, Take(pool, A, 5));
        Assert.Empty(_woken);
        pool.Report(A, 2);
        Assert.Equal([A], _woken);
        Assert.Equal(1, Take(pool, A, 2));
        Assert.Equal(0, Take(pool, A, 1));
    }

    [Fact]
    public void a_free_slot_is_kept_for_the_run_that_waited_longest()
    {
        var pool = new SlotPool(1);
        Take(pool, A, 1000);
        Assert.Equal(0, Take(pool, B, 1));
        pool.Report(A, 0);
        Assert.Equal([A], _woken);
        Assert.Equal(1, Take(pool, A, 999));
        pool.Report(A, 0);
        Assert.Equal([A, B], _woken);
        Assert.Equal(0, Take(pool, A, 998));
        Assert.Equal(1, Take(pool, B, 1));
    }

    [Fact]
    public void who_was_woken_and_wants_nothing_any_more_passes_it_on()
    {
        var pool = new SlotPool(1);
        Take(pool, A, 1);
        Take(pool, B, 1);
        Take(pool, C, 1);
        pool.Report(A, 0);
        Assert.Equal(0, Take(pool, B, 0));
        Assert.Equal([B, C], _woken);
        Assert.Equal(1, Take(pool, C, 1));
    }

    [Fact]
    public void who_can_use_none_of_what_it_got_leaves_the_line_and_others_get_it()
    {
        var pool = new SlotPool(4);
        Take(pool, A, 1);
        Assert.Equal(3, Take(pool, A, 4));
        Assert.Equal(0, Take(pool, B, 1));
        pool.Leave(A, 1);
        Assert.Equal([B], _woken);
        Assert.Equal(1, Take(pool, B, 1));
        pool.Report(B, 0);
        Assert.Equal([B], _woken);
        Assert.Equal(3, Take(pool, A, 3));
    }

    [Fact]
    public void several_slots_that_become_free_at_once_wake_several_runs()
    {
        var pool = new SlotPool(2);
        Take(pool, A, 2);
        Take(pool, B, 1);
        Take(pool, C, 1);
        pool.Report(A, 0);
        Assert.Equal([B, C], _woken);
    }

    [Fact]
    public void a_report_of_agents_that_already_work_counts_even_above_the_capacity()
    {
        var pool = new SlotPool(2);
        pool.Report(A, 3);
        Assert.Equal(0, Take(pool, B, 1));
        pool.Report(A, 2);
        Assert.Empty(_woken);
        pool.Report(A, 1);
        Assert.Equal([B], _woken);
    }

    [Fact]
    public void never_more_than_the_capacity_and_everybody_gets_a_turn() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var capacity = random.Next(1, 4);
            var pool = new SlotPool(capacity);
            var runs = Enumerable.Range(1, 5).Select(i => new RunId(i)).ToDictionary(id => id, id => new Wanting(random.Next(0, 20)));
            var awake = new Queue<RunId>(runs.Keys);
            for (var turn = 0; runs.Values.Any(run => run.Wants + run.Busy > 0); turn++)
            {
                Assert.True(turn < 2_000, "somebody starves");
                var someoneBusy = runs.Where(run => run.Value.Busy > 0).Select(run => run.Key).ToList();
                if (awake.Count > 0 && (someoneBusy.Count == 0 || random.Next(2) == 0))
                {
                    var id = awake.Dequeue();
                    var got = pool.Take(id, runs[id].Wants, () => awake.Enqueue(id));
                    runs[id].Wants -= got;
                    runs[id].Busy += got;
                    pool.Report(id, runs[id].Busy);
                }
                else
                {
                    Assert.NotEmpty(someoneBusy);
                    var id = someoneBusy[random.Next(someoneBusy.Count)];
                    pool.Report(id, --runs[id].Busy);
                }
                Assert.True(runs.Values.Sum(run => run.Busy) <= capacity);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true));

    private int Take(SlotPool pool, RunId run, int wanted) => pool.Take(run, wanted, () => _woken.Add(run));

    private sealed class Wanting(int wants)
    {
        public int Wants { get; set; } = wants;

        public int Busy { get; set; }
    }
}
