using System.Security.Cryptography;

namespace Cloister.Server.Mcp.Http;

/// <summary>The token of a state folder: made once, readable by its owner only, and the same for every later server.</summary>
internal static class HttpToken
{
    private const int Bytes = 32;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Where it lies; what begins with engine is kept out of git there.</summary>
    public static string PathOf(StateFolder state) => Path.Combine(state.Root, "engine.mcp-token");

    /// <summary>Reads it, or makes one.</summary>
    public static string Of(StateFolder state)
    {
        state.Create();
        var path = PathOf(state);
        if (!File.Exists(path))
            Make(path);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != UnixFileMode.None)
            throw new CloisterException("serve.token", $"others can read {path}", "delete it: the next start makes a new one");
        var token = File.ReadAllText(path).Trim();
        return token.Length >= Bytes ? token : throw new CloisterException("serve.token", $"{path} holds no token", "delete it: the next start makes a new one");
    }

    private static void Make(string path)
    {
        var beside = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (var file = new StreamWriter(beside, options))
            file.Write(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes)) + "\n");
        try
        {
            File.Move(beside, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another server was first; its token is the folder's.
            File.Delete(beside);
        }
    }
}
