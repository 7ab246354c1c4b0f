namespace Cloister.Processes;

/// <summary>How to start our own executable again in another role.</summary>
internal static class ThisProgram
{
    /// <summary>The executable itself, or the library that <c>dotnet</c> runs.</summary>
    public static (string FileName, IReadOnlyList<string> Arguments) As(string verb)
    {
        var program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? (program, [Environment.GetCommandLineArgs()[0], verb])
            : (program, [verb]);
    }
}
