using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.SessionFiles;

/// <summary>Any text that consists of whole characters: controls, separators, quotes, everything.</summary>
internal static class UnicodeText
{
    public static Arbitrary<string> Any { get; } =
        Gen.OneOf(
            Gen.Choose(0, 0x7f),
            Gen.Elements<int>('"', '\\', '\n', '\r', '#', '\'', ':', '-', '{', 0x85, 0x2028, 0x2029, 0xfeff, 0x202e, 0xfffe, 0xffff, 0x1f600, 0x10ffff),
            Gen.Choose(0, 0xd7ff),
            Gen.Choose(0xe000, 0x10ffff))
        .ListOf()
        .Select(values => string.Concat(values.Select(value => new Rune(value).ToString())))
        .ToArbitrary();
}
