namespace Cloister.Tests.Storage;

/// <summary>A folder of one test, gone with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("storage-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
#pragma warning disable RS0030 // The folder is this test's own.
        Directory.Delete(Path, recursive: true);
#pragma warning restore RS0030
    }
}
