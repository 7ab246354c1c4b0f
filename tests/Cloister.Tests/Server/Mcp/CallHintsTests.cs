using Cloister.Server.Mcp;

namespace Cloister.Tests.Server.Mcp;

/// <summary>What a model is told to do is something that it can call.</summary>
public sealed class CallHintsTests
{
    [Theory]
    [InlineData("cloister ps -a lists them", "check lists them")]
    [InlineData("cloister ps -a --json=run,task,session lists them", "check lists them")]
    [InlineData("cloister inbox lists what waits", "check lists what waits")]
    [InlineData("an attempt's work is kept when it ends; cloister logs -f shows what it does", "an attempt's work is kept when it ends; read what log shows what it does")]
    [InlineData("cloister diff r7/api; cloister diff r7/db", "read what diff r7/api; read what diff r7/db")]
    [InlineData("cloister answer q3 1, or an answer in words of your own", "answer q3 1, or an answer in words of your own")]
    [InlineData("cloister retry REF --with TEXT starts it again", "control action retry starts it again")]
    [InlineData("cloister extend REF --time 15m --budget 2 --turns 20", "control action extend")]
    [InlineData("name one: cloister send r7/api TEXT", "name one: control action send r7/api TEXT")]
    [InlineData("what an agent works on is stopped first: cloister stop REF", "what an agent works on is stopped first: control action stop")]
    public void a_command_that_a_call_can_do_is_that_call(string hint, string told) => Assert.Equal(told, CallHints.Of(hint));

    [Theory]
    [InlineData("ask the user to run: cloister extend REF --budget USD")]
    [InlineData("make room, for example with: cloister gc")]
    [InlineData("cloister doctor --fix")]
    [InlineData("cloister engine stop ends the old engine")]
    [InlineData("it is psychology: cloister psalm")]
    public void what_is_a_persons_stays_a_command(string hint) => Assert.Equal(hint, CallHints.Of(hint));
}
