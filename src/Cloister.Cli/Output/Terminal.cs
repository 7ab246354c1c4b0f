namespace Cloister.Cli.Output;

/// <summary>Whether to colour.</summary>
internal enum ColorMode
{
    Auto,
    Always,
    Never,
}

/// <summary>
/// Where a command writes: data to the output, everything else to the error stream. A reader that is gone (<c>| head -1</c>) ends the
/// writing, never the command.
/// </summary>
internal sealed class Terminal
{
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private bool _outputGone, _errorGone;

    // A keyboard has no other way to tell somebody who also looks at the clock.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    // Who is gone is missed by nobody: a few seconds cost nothing.
    private static readonly TimeSpan LookAtReader = TimeSpan.FromSeconds(3);

    public Terminal(TextWriter output, TextWriter error, TextReader input)
    {
        _output = output;
        _error = error;
        Input = input;
    }

    public TextReader Input { get; }

    /// <summary>The error stream itself, for a screen that draws on it.</summary>
    public TextWriter Error => _error;

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    public bool InputIsTerminal { get; init; }

    /// <summary>True when reading a line would not wait.</summary>
    public Func<bool> InputIsReady { get; init; } = () => true;

    /// <summary>True when whoever read the output has gone.</summary>
    public Func<bool> OutputIsUnread { get; init; } = () => false;

    /// <summary>Columns of the screen; null where the output is no screen.</summary>
    public int? Width { get; init; }

    public bool ColorOutput { get; set; }

    public bool ColorError { get; set; }

    /// <summary>True when nobody reads the output any more.</summary>
    public bool OutputGone => _outputGone;

    /// <summary>Waits until nobody reads the output any more: what has nothing to write would never learn of it.</summary>
    public async Task OutputUnreadAsync(TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        while (!OutputIsUnread())
            await Task.Delay(LookAtReader, timeProvider, cancellationToken);
    }

    /// <summary>Data: one line.</summary>
    public void Print(Styled line) => Write(_output, ref _outputGone, line.Render(ColorOutput));

    /// <summary>Data: text of many lines, made safe.</summary>
    public void PrintText(string text) => Write(_output, ref _outputGone, TerminalText.Lines(text).TrimEnd('\n'));

    /// <summary>Data as it is: JSON that escapes by itself, or bytes somebody asked for in the raw.</summary>
    public void PrintRaw(string text) => Write(_output, ref _outputGone, text);

    /// <summary>Progress, hints and errors: one line.</summary>
    public void Note(Styled line) => NoteRaw(line.Render(ColorError));

    /// <summary>Progress, hints and errors as they are.</summary>
    public void NoteRaw(string text)
    {
        try
        {
            Write(_error, ref _errorGone, text);
        }
        catch (CloisterException)
        {
            // What cannot be said must not spoil what was done.
        }
    }

    /// <summary>A question to the person at the keyboard; the answer is its first line.</summary>
    public string? Ask(Styled question)
    {
        _error.Write(question.Render(ColorError) + " ");
        _error.Flush();
        return Input.ReadLine();
    }

    /// <summary>The same, for so long; null when nobody says anything.</summary>
    public async Task<string?> AskAsync(Styled question, TimeSpan patience, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        await _error.WriteAsync((question.Render(ColorError) + " ").AsMemory(), cancellationToken);
        await _error.FlushAsync(cancellationToken);
        var asked = timeProvider.GetTimestamp();
        while (!InputIsReady())
        {
            if (timeProvider.GetElapsedTime(asked) > patience)
            {
                await _error.WriteLineAsync(ReadOnlyMemory<char>.Empty, cancellationToken);
                return null;
            }
            await Task.Delay(Look, timeProvider, cancellationToken);
        }
        return await Input.ReadLineAsync(cancellationToken);
    }

    /// <summary>Colours by the flag, then by the environment's conventions, then by what the streams are.</summary>
    public void ApplyColor(ColorMode mode, IReadOnlyDictionary<string, string> environment)
    {
        ColorOutput = Wants(mode, environment, OutputIsTerminal);
        ColorError = Wants(mode, environment, ErrorIsTerminal);
    }

    private static bool Wants(ColorMode mode, IReadOnlyDictionary<string, string> environment, bool isTerminal) => mode switch
    {
        ColorMode.Always => true,
        ColorMode.Never => false,
        ColorMode.Auto when environment.GetValueOrDefault("NO_COLOR") is { Length: > 0 } => false,
        ColorMode.Auto when environment.GetValueOrDefault("FORCE_COLOR") is { Length: > 0 } forced && forced != "0" => true,
        ColorMode.Auto => isTerminal && environment.GetValueOrDefault("TERM") != "dumb",
    };

    private static void Write(TextWriter writer, ref bool gone, string text)
    {
        if (gone)
            return;
        try
        {
            writer.WriteLine(text);
            writer.Flush();
        }
        catch (ReaderGoneException)
        {
            gone = true;
        }
        catch (IOException failure)
        {
            gone = true;
            throw new CloisterException("cli.output", $"the output could not be written: {failure.Message}", "the disk it goes to may be full", failure);
        }
    }
}
