using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister send</c>: says something to a working agent.</summary>
internal static class SendVerb
{
    public static Verb Create()
    {
        var reference = Arguments.RunOrTask();
        var text = Arguments.Text("TEXT", "What to say; - reads it from the standard input");
        return new Verb("send", "Steer a working agent", async (context, cancellationToken) =>
        {
            var message = await Arguments.TextAsync(context, text, cancellationToken)
                ?? throw new CloisterException("usage.arguments", "there is nothing to say", "cloister send r7/api \"use the existing helper\"");
            var key = Guid.CreateVersion7(context.Now).ToString("N");
            return await Steering.ApplyAsync(context, context.Line.GetRequiredValue(reference), new SendCommand(key, message), "told", cancellationToken);
        })
        {
            reference, text,
        };
    }
}
