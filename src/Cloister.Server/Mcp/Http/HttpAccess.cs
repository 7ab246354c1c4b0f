using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Cloister.Server.Mcp.Http;

/// <summary>
/// Who may speak to the server over HTTP: whoever has the token, under a name of this machine, and no page of a browser that is not of this
/// machine. The last two keep out what a person's own browser is talked into.
/// </summary>
/// <param name="token">What has to be shown.</param>
/// <param name="hosts">Names under which the server may be called, beside those of the loopback.</param>
internal sealed class HttpAccess(string token, IReadOnlyList<string> hosts)
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _token = Hash(token);

    /// <summary>The status of a refusal and why; null when it may pass.</summary>
    public (int Status, string Why)? Refusal(HttpRequest request)
    {
        if (!IsOurs(request.Host.Host))
            return (StatusCodes.Status403Forbidden, $"this server is not called {Plain.Line(request.Host.Host)}: use 127.0.0.1, or start it with --host");
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && (!Uri.TryCreate(origin, UriKind.Absolute, out var page) || !IsOurs(page.Host)))
            return (StatusCodes.Status403Forbidden, "no page of elsewhere may speak to this server");
        var shown = request.Headers.Authorization.ToString();
        // Compared by their hashes: neither length nor time tells anything of the token.
        return shown.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && CryptographicOperations.FixedTimeEquals(Hash(shown[Scheme.Length..].Trim()), _token)
            ? null
            : (StatusCodes.Status401Unauthorized, "the token is missing or another one: cloister serve prints it when it starts");
    }

    private bool IsOurs(string host)
    {
        var name = host.Trim('[', ']');
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address))
            || hosts.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
