using Cloister.Claude.Launch;

namespace Cloister.Tests.Claude.Launch;

public sealed class AgentEnvironmentTests
{
    private static IReadOnlyDictionary<string, string> Build(params string[] variables) => AgentEnvironment.Build(
        variables.Select(variable => variable.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal));

    [Fact]
    public void only_what_is_allowed_comes_through() => Assert.Equal(
        ["ANTHROPIC_API_KEY=k", "ANTHROPIC_BASE_URL=u", "CLAUDE_CONFIG_DIR=c", "HOME=/h", "LC_ALL=C", "PATH=/bin", "https_proxy=p"],
        Added(
            "PATH=/bin", "HOME=/h", "LC_ALL=C", "https_proxy=p", "ANTHROPIC_API_KEY=k", "ANTHROPIC_BASE_URL=u", "CLAUDE_CONFIG_DIR=c",
            "LD_PRELOAD=x", "NODE_OPTIONS=x", "BUN_OPTIONS=x", "GIT_DIR=x", "GITHUB_TOKEN=x", "BASH_ENV=x", "CLAUDECODE=1", "CLAUDE_CODE_SESSION_ID=x",
            "AWS_SECRET_ACCESS_KEY=x", "GOOGLE_APPLICATION_CREDENTIALS=x", "SSH_AUTH_SOCK=x"));

    [Fact]
    public void a_provider_s_credentials_come_with_the_provider() => Assert.Equal(
        ["AWS_REGION=r", "AWS_SECRET_ACCESS_KEY=s", "CLAUDE_CODE_USE_BEDROCK=1"],
        Added("CLAUDE_CODE_USE_BEDROCK=1", "AWS_REGION=r", "AWS_SECRET_ACCESS_KEY=s", "GOOGLE_CLOUD_PROJECT=x", "AZURE_CLIENT_SECRET=x"));

    [Fact]
    public void the_profile_cannot_be_overridden() =>
        Assert.Equal(("3", "dumb"), (Build("CLAUDE_CODE_MAX_RETRIES=99", "TERM=xterm")["CLAUDE_CODE_MAX_RETRIES"], Build("TERM=xterm")["TERM"]));

    private static IEnumerable<string> Added(params string[] variables)
    {
        var profile = Build().Keys;
        return Build(variables).Where(variable => !profile.Contains(variable.Key, StringComparer.Ordinal))
            .Select(variable => $"{variable.Key}={variable.Value}").Order(StringComparer.Ordinal);
    }
}
