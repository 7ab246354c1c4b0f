using System.Reflection;

namespace Cloister.Tests.Tidy;

/// <summary>The analyzer silently ignores a symbol that it cannot find, so a slip of the pen in the list bans nothing.</summary>
public sealed class BannedSymbolsTests
{
    private static readonly Assembly[] Framework = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Select(Path.GetFileNameWithoutExtension)
        .Where(name => name!.StartsWith("System.", StringComparison.Ordinal))
        .Select(name => Assembly.Load(name!))
        .ToArray();

    public static TheoryData<string> Lines => [.. SourceTree.File("BannedSymbols.txt").Lines.Concat(SourceTree.File("src/BannedSymbols.Product.txt").Lines).Where(line => line.Length > 0)];

    [Theory]
    [MemberData(nameof(Lines))]
    public void every_banned_symbol_exists_and_has_a_replacement(string line)
    {
        var (id, replacement) = (line.Split(';')[0], line.Split(';').ElementAtOrDefault(1));
        Assert.False(string.IsNullOrWhiteSpace(replacement), "says nothing about what to use");
        Assert.True(Exists(id), $"{id} is not in the framework");
    }

    [Fact]
    public void a_mistyped_symbol_would_be_found() =>
        Assert.Equal(
            [true, false, false, true, false, true, false],
            new[]
            {
                "T:System.Console", "T:System.Konsole", "P:System.DateTime.Noww", "M:System.Threading.Thread.Sleep(System.Int32)",
                "M:System.Threading.Thread.Sleep(System.Int64)", "M:System.Guid.NewGuid", "M:System.Guid.NewGuid(System.Int32)",
            }.Select(Exists));

    private static bool Exists(string id)
    {
        var (kind, name) = (id[..2], id[2..]);
        if (kind == "T:")
            return Find(name) is not null;
        var signature = name.Split('(');
        var dot = signature[0].LastIndexOf('.');
        var members = Find(signature[0][..dot])?.GetMember(signature[0][(dot + 1)..]) ?? [];
        return kind switch
        {
            "P:" => members.OfType<PropertyInfo>().Any(),
            "M:" => members.OfType<MethodInfo>().Any(method => Parameters(method) == signature.ElementAtOrDefault(1)),
            _ => false,
        };
    }

    private static string? Parameters(MethodInfo method) =>
        method.GetParameters() is { Length: > 0 } parameters ? $"{string.Join(',', parameters.Select(p => p.ParameterType.FullName))})" : null;

    private static Type? Find(string name) => Framework.Select(assembly => assembly.GetType(name)).FirstOrDefault(type => type is not null);
}
