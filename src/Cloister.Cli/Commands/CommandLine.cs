using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Cloister.Cli.Output;

namespace Cloister.Cli.Commands;

/// <summary>From an argument vector to an exit code: finds the verb, runs it, and says plainly what went wrong.</summary>
internal static class CommandLine
{
    /// <summary>What <c>--json</c> means without fields.</summary>
    public const string AllFields = "*";

    private const string Program = "cloister";

    // The tail of a log fits; more helps nobody.
    private const int LongestMessage = 4_000;

    /// <param name="arguments">As typed, without the program's name.</param>
    /// <param name="host">The world around.</param>
    /// <param name="cancellationToken">Interrupt or termination; the caller knows which.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliHost host, CancellationToken cancellationToken)
    {
        var line = Parse(arguments);
        var json = line.GetResult(GlobalOptions.Json) is not null;
        try
        {
            if (line.Action is HelpAction help)
                return await ShowHelpAsync(line, help, host.Terminal, cancellationToken);
            Check(line);
            await using var context = new VerbContext(host, line);
            return await RunAsync(context, (Verb)line.CommandResult.Command, cancellationToken);
        }
        catch (CloisterException failure)
        {
            Complain(host.Terminal, failure, json, line);
            return ExitCode.Of(failure);
        }
        // Files are everybody's: what the disk or its owner refuses is no mistake of ours, wherever it happens.
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            var failure = refused is UnauthorizedAccessException
                ? new CloisterException("files.denied", refused.Message.TrimEnd('.'), "work in a folder that is yours, or look at the owner and the rights of this one", refused)
                : new CloisterException("files.failed", refused.Message.TrimEnd('.'), "the disk may be full, or the file is in use: cloister doctor", refused);
            Complain(host.Terminal, failure, json, line);
            return ExitCode.Of(failure);
        }
    }

    /// <summary>Only the verb that was asked for is built, where it is the first word: the others would cost every start some milliseconds.</summary>
    internal static ParseResult Parse(IReadOnlyList<string> arguments)
    {
        var root = new Verb(Program, "Runs coding subtasks in separate Claude Code processes", StatusVerb.RunAsync) { new HelpOption() };
        foreach (var option in GlobalOptions.All)
            root.Add(option);
        var asked = arguments.Count > 0 ? Verbs.Find(arguments[0]) : null;
        foreach (var create in asked is null ? Verbs.All.Select(verb => verb.Create) : [asked])
            root.Add(create());
        if (asked is null)
        {
            foreach (var (_, create) in Verbs.Unlisted)
            {
                var unlisted = create();
                unlisted.Hidden = true;
                root.Add(unlisted);
            }
        }
        // A reference may begin with @, which is no file of arguments here.
        return root.Parse(Normalise(arguments), new ParserConfiguration { ResponseFileTokenReplacer = null });
    }

    // --json takes its fields only after an equals sign; what follows it is never one of them.
    private static List<string> Normalise(IReadOnlyList<string> arguments)
    {
        // Every other program answers to it.
        if (arguments is ["--version", ..])
            arguments = ["version", .. arguments.Skip(1)];
        var ownEnd = arguments.ToList().IndexOf("--");
        return [.. arguments.Select((argument, i) => argument == "--json" && (ownEnd < 0 || i < ownEnd) ? $"--json={AllFields}" : argument)];
    }

    private static async Task<int> RunAsync(VerbContext context, Verb verb, CancellationToken cancellationToken)
    {
        if (verb.Run is null)
            throw new CloisterException("usage.verb", $"{verb.Name} wants one of: {string.Join(", ", verb.Subcommands.Select(sub => sub.Name))}", $"cloister {verb.Name} --help");
        var limit = GlobalOptions.TimeoutIn(context.Line);
        using var patience = new CancellationTokenSource(limit ?? Timeout.InfiniteTimeSpan, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await context.OpenDataAsync(either.Token);
            var code = await verb.Run(context, either.Token);
            await context.Data.FlushAsync(either.Token);
            return code;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CloisterException("cli.timeout", $"not done after {Words.Clock(limit!.Value)}; what runs goes on", "cloister ps");
        }
    }

    private static void Check(ParseResult line)
    {
        if (line.Errors.Count == 0)
            return;
        var verb = line.CommandResult.Command;
        var unknown = line.UnmatchedTokens is [var first, ..] ? first : null;
        if (unknown is null)
            throw new CloisterException("usage.arguments", Plain(line.Errors[0]), HelpHint(verb));
        var isFlag = unknown.StartsWith('-');
        IEnumerable<string> known = isFlag
            ? verb.Options.Concat(GlobalOptions.All).SelectMany(option => option.Aliases.Append(option.Name))
            : verb.Name == Program ? Verbs.All.Select(entry => entry.Name) : verb.Subcommands.Select(sub => sub.Name);
        var near = known.Contains(unknown, StringComparer.Ordinal) ? null : DidYouMean.Phrase(unknown.Split('=')[0], known);
        var what = isFlag ? "flag" : verb.Name == Program ? "verb" : "argument";
        throw new CloisterException(
            $"usage.{what}", $"{(verb.Name == Program ? Program : $"{Program} {verb.Name}")} knows no {what} \"{unknown}\"{(near is null ? "" : $": {near}")}", HelpHint(verb));
    }

    // What the parser says by itself names its own types; what a verb says of a value is plain already.
    private static string Plain(ParseError error)
    {
        var option = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        var isMissing = error.Message.StartsWith("Required argument", StringComparison.Ordinal);
        var isUnreadable = error.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal);
        return (option, error.SymbolResult) switch
        {
            ({ } one, _) when isMissing => $"{one.Option.Name} wants {Wanted(one.Option)}",
            ({ } one, _) when isUnreadable => $"\"{(one.Tokens is [.., var last] ? last.Value : "")}\" is no value for {one.Option.Name}",
            (null, ArgumentResult argument) when isMissing => $"{argument.Argument.Name} is missing",
            (null, CommandResult { Command.Arguments: [var first, ..] }) when isMissing => $"{first.Name} is missing",
            _ => error.Message.TrimEnd('.'),
        };
    }

    private static string Wanted(Option option) => option.HelpName is { } what ? what.Split(' ').Length > 1 ? $"{what.Split(' ').Length} values: {what}" : $"a value: {what}" : "a value";

    private static string HelpHint(Command verb) => $"cloister {string.Concat(Path(verb).Select(name => name + " "))}--help";

    // A verb of a verb is called by both names.
    private static IEnumerable<string> Path(Command verb) => verb.Name == Program
        ? []
        : [.. verb.Parents.OfType<Command>().Where(parent => parent.Name != Program).Select(parent => parent.Name), verb.Name];

    private static async Task<int> ShowHelpAsync(ParseResult line, HelpAction help, Terminal terminal, CancellationToken cancellationToken)
    {
        using var text = new StringWriter { NewLine = "\n" };
        help.MaxWidth = terminal.Width ?? 100;
        await line.InvokeAsync(new InvocationConfiguration { Output = text, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancellationToken);
        terminal.PrintRaw(string.Join('\n', text.ToString().TrimEnd('\n').Split('\n').Select(part => part.TrimEnd(' '))));
        return ExitCode.Ok;
    }

    private static void Complain(Terminal terminal, CloisterException failure, bool json, ParseResult line)
    {
        // What somebody typed comes back in messages, whatever its length.
        var message = TextWidth.Fit(failure.Message, LongestMessage);
        if (json)
        {
            terminal.NoteRaw(JsonOutput.Error(failure.Code, message, failure.Hint, HelpHint(line.CommandResult.Command)));
            return;
        }
        var lines = message.ReplaceLineEndings("\n").Split('\n');
        terminal.Note(new Styled(new Piece($"error[{failure.Code}]", Tone.Bad), ": ", lines[0]));
        foreach (var more in lines.Skip(1))
            terminal.Note(more);
        if (failure.Hint is { } hint)
            terminal.Note($"hint: {hint}");
    }
}
