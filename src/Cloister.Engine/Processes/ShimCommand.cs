namespace Cloister.Processes;

/// <summary>How a shim is started: the program and what comes before the attempt's folder.</summary>
internal sealed record ShimCommand(string FileName, IReadOnlyList<string> Arguments)
{
    /// <summary>The verb under which our own executable is a shim.</summary>
    public const string Verb = "__shim";

    /// <summary>Variables for the shim itself.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>This program as a shim: the executable itself, or the library that <c>dotnet</c> runs.</summary>
    public static ShimCommand OfThisProgram()
    {
        var (program, arguments) = ThisProgram.As(Verb);
        return new ShimCommand(program, arguments);
    }
}
