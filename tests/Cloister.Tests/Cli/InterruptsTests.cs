using System.Runtime.InteropServices;
using Cloister.Cli;

namespace Cloister.Tests.Cli;

/// <summary>What one, two and three interrupts mean.</summary>
public sealed class InterruptsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task the_first_one_ends_the_command_and_no_other_is_waited_for_before_it()
    {
        using var interrupts = new Interrupts();

        Assert.False(await interrupts.AgainAsync(Patience, TimeProvider.System));
        Assert.True(Interrupt(interrupts));
        Assert.True(interrupts.First.IsCancellationRequested);
    }

    [Fact]
    public async Task a_second_one_is_held_back_only_while_somebody_asks_for_it()
    {
        using var interrupts = new Interrupts();
        Interrupt(interrupts);
        Assert.False(Interrupt(interrupts));

        var again = interrupts.AgainAsync(Patience, TimeProvider.System);

        Assert.True(Interrupt(interrupts));
        Assert.True(await again);
        Assert.False(Interrupt(interrupts));
    }

    [Fact]
    public async Task who_does_not_press_again_is_not_waited_for()
    {
        using var interrupts = new Interrupts();
        Interrupt(interrupts);

        Assert.False(await interrupts.AgainAsync(TimeSpan.FromMilliseconds(1), TimeProvider.System));
        Assert.False(Interrupt(interrupts));
    }

    // True when the process is kept alive.
    private static bool Interrupt(Interrupts interrupts)
    {
        var signal = new PosixSignalContext(PosixSignal.SIGINT);
        interrupts.Hear(signal);
        return signal.Cancel;
    }
}
