using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Claude;

/// <summary>
/// What gives access to a model goes from the person's environment to the agent's and into no file of ours. Every value here is a canary:
/// afterwards every byte on the disk is searched for it.
/// </summary>
public sealed class SecretsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly string[] Canaries = [.. Enumerable.Range(0, 6).Select(_ => "canary" + RandomNumberGenerator.GetHexString(24, lowercase: true))];

    private static readonly (string Name, string Value)[] Given =
    [
        ("ANTHROPIC_API_KEY", "sk-ant-api03-" + Canaries[0]),
        ("ANTHROPIC_AUTH_TOKEN", Canaries[1]),
        ("CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-" + Canaries[2]),
        ("HTTPS_PROXY", $"http://person:{Canaries[3]}@127.0.0.1:9"),
        ("AWS_SECRET_ACCESS_KEY", Canaries[4]),
        ("PERSONAL_SECRET", Canaries[5]),
    ];

    // The agent says what it has without saying it: a word for each variable, and the beginning of a hash where there is one.
    private static readonly string Inventory = string.Join(' ', Given.Select(given =>
        $"printf '{given.Name}=%s ' $(printenv {given.Name} | tr -d '\\n' | sha256sum | cut -c1-12);"));

    private static readonly string Rules = $$"""
        rules:
          - when: { prompt: take stock }
            steps:
              - { tool: Bash, input: { command: {{JsonSerializer.Serialize(Inventory)}}, description: d } }
              - 'has ${lastToolResult}'
        """;

    [Fact]
    public async Task an_api_key_reaches_the_agent_and_no_file() => await RunAsync(["ANTHROPIC_API_KEY", "HTTPS_PROXY"], $"x-api-key {Mark(Given[0].Value)}");

    [Fact]
    public async Task an_auth_token_reaches_the_agent_and_no_file() => await RunAsync(["ANTHROPIC_AUTH_TOKEN", "HTTPS_PROXY"], $"bearer {Mark(Given[1].Value)}");

    [Fact]
    public async Task a_login_reaches_the_agent_and_no_file() => await RunAsync(["CLAUDE_CODE_OAUTH_TOKEN"], $"bearer {Mark(Given[2].Value)}");

    [Fact]
    public async Task a_provider_s_secret_reaches_the_agent_only_when_the_provider_is_used_and_no_file()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await ServeAsync();
        // Signed requests are not rehearsed: the answer is an error, and what counts is what was handed over and written down.
        var person = Employ(repository, model, ["AWS_SECRET_ACCESS_KEY"])
            .With("CLAUDE_CODE_USE_BEDROCK", "1")
            .With("ANTHROPIC_BEDROCK_BASE_URL", model.BaseAddress.ToString())
            .With("AWS_ACCESS_KEY_ID", "AKIAREHEARSAL")
            .With("AWS_REGION", "us-east-1");

        await person.RunAsync(Patience, "run", "--json", "take stock");

        var names = await NamesHandedOverAsync(repository);
        Assert.Contains("AWS_SECRET_ACCESS_KEY", names);
        Assert.DoesNotContain("PERSONAL_SECRET", names);
        await AssertNowhereAsync(repository);
    }

    [Fact]
    public async Task a_proxy_that_refuses_is_not_quoted_with_its_password()
    {
        await using var repository = await TestRepository.CreateAsync();
        // The discard port: nothing answers, and the CLI says so in its own words.
        var person = repository.Cloister
            .With("ANTHROPIC_BASE_URL", "http://model.invalid")
            .With("ANTHROPIC_API_KEY", Given[0].Value)
            .With("HTTP_PROXY", Given[3].Value)
            .With("HTTPS_PROXY", Given[3].Value)
            .With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);

        (await person.RunAsync("run", "--detach", "take stock")).Expect(0);
        await Eventually.BeTrueAsync("an attempt that reached no model", Patience, () =>
            Journal.Read(repository.StateFolder).Events.Any(entry => entry.Type == "attempt.ended"));
        (await person.RunAsync("stop", "r1", "--yes")).Expect(0);

        await AssertNowhereAsync(repository);
    }

    [Fact]
    public async Task the_search_finds_what_is_there()
    {
        await using var repository = await TestRepository.CreateAsync(("a/b.bin", "\0\u0001" + Given[3].Value));

        Assert.Equal(["project/a/b.bin holds HTTPS_PROXY"], Findings(repository.Root));
    }

    private static async Task RunAsync(string[] meant, string credential)
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var model = await ServeAsync();

        var outcome = (await Employ(repository, model, meant).RunAsync(Patience, "run", "--json", "take stock")).Expect(0);

        // The CLI keeps a login from the commands that it runs.
        var has = Given.Select(given => $"{given.Name}={Mark(meant.Contains(given.Name, StringComparer.Ordinal) && given.Name != "CLAUDE_CODE_OAUTH_TOKEN" ? given.Value : "")}");
        Assert.True(outcome.Output.Contains("has " + string.Join(' ', has), StringComparison.Ordinal), outcome.Output);
        Assert.All(model.Requests.Where(request => request.Endpoint == "messages"), request => Assert.Equal([credential], request.Credentials));
        Assert.DoesNotContain("PERSONAL_SECRET", await NamesHandedOverAsync(repository));
        await AssertNowhereAsync(repository);
    }

    private static Task<RehearsalServer> ServeAsync() =>
        RehearsalServer.StartAsync(Scenario.Parse(Rules, "secrets"), new RehearsalOptions(), TestContext.Current.CancellationToken);

    // A person with everything in the environment, of which only some is meant for agents.
    private static CloisterCommand Employ(TestRepository repository, RehearsalServer model, string[] meant)
    {
        var command = repository.Cloister
            .With("ANTHROPIC_BASE_URL", model.BaseAddress.ToString())
            .With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned)
            .With("NO_PROXY", "127.0.0.1");
        foreach (var (name, value) in Given.Where(given => meant.Contains(given.Name, StringComparer.Ordinal) || given.Name is "PERSONAL_SECRET" or "AWS_SECRET_ACCESS_KEY"))
            command = command.With(name, value);
        return command;
    }

    private static async Task<IReadOnlyList<string>> NamesHandedOverAsync(TestRepository repository)
    {
        var spec = Assert.Single(Directory.EnumerateFiles(repository.StateFolder, "spec", SearchOption.AllDirectories).Take(1));
        const string field = "variable=";
        var fields = (await File.ReadAllTextAsync(spec, TestContext.Current.CancellationToken)).Split('\0');
        return [.. fields.Where(text => text.StartsWith(field, StringComparison.Ordinal)).Select(text => text[field.Length..])];
    }

    // Once beside the running engine, whose write-ahead log is full, and once after it.
    private static async Task AssertNowhereAsync(TestRepository repository)
    {
        Assert.Equal([], Findings(repository.Root));
        Assert.Contains(Files(repository.StateFolder), file => file.EndsWith("cloister.db-wal", StringComparison.Ordinal));
        (await repository.Cloister.RunAsync("engine", "stop")).Expect(0);
        await Eventually.BeTrueAsync("the engine to leave", Patience, () => !ProcessTable.With("HOME", repository.Home).Any(process => process.CommandLine.Contains("__engine", StringComparison.Ordinal)));
        Assert.Equal([], Findings(repository.Root));
        Assert.True(Files(repository.Root).Count() > 20, "there was something to search");
    }

    private static List<string> Findings(string folder) =>
    [
        .. from file in Files(folder)
           let content = File.ReadAllBytes(file)
           from canary in Canaries
           where content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(canary)) >= 0 || file.Contains(canary, StringComparison.Ordinal)
           select $"{Path.GetRelativePath(folder, file)} holds {Given[Array.IndexOf(Canaries, canary)].Name}",
    ];

    private static IEnumerable<string> Files(string folder) => Directory
        .EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device })
        .Where(file => new FileInfo(file).Length > 0);

    private static string Mark(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)))[..12];
}
