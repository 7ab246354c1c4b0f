using Cloister.Cli.Configuration;

namespace Cloister.Tests.Cli;

public sealed class SettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-settings-").FullName;
    private readonly Dictionary<string, string> _environment;
    private readonly StateFolder _state;

    public SettingsTests()
    {
        _environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = _folder };
        _state = new StateFolder(Path.Combine(_folder, "project", StateFolder.FolderName), _environment);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void the_nearer_layer_wins_and_says_so()
    {
        User("agent: reviewer\nmodel: opus\nbudget: 20\nprogress: plain\n");
        Project("agent: tester\nbudget: 10\nmodel: haiku\n");
        Local("agent: coder2\n");
        _environment["CLOISTER_MODEL"] = "sonnet";
        _environment["CLOISTER_ISOLATION_MODE"] = "auto";

        Assert.Equal(
            [
                ("agent", "coder2", $"{Settings.LocalFile(_state)}:1"),
                ("budget", "10", $"{Settings.ProjectFile(_state)}:2"),
                ("claude", null, "default"),
                ("concurrency", null, "default"),
                ("isolation.mode", "auto", "CLOISTER_ISOLATION_MODE"),
                ("model", "sonnet", "CLOISTER_MODEL"),
                ("progress", "plain", $"{Settings.UserFile(_environment)}:4"),
            ],
            Load().All.Select(setting => (setting.Name, setting.Value, setting.Origin)));
    }

    [Fact]
    public void a_project_may_narrow_and_never_widen()
    {
        User("budget: 5\nconcurrency: 2\n");
        Project("budget: 50\nconcurrency: 1\nclaude: /tmp/evil\n");

        var settings = Load();

        Assert.Equal((5m, 1, null), (settings.BudgetUsd, settings.Concurrency, settings["claude"]));
        Assert.Equal(
            [$"{Settings.ProjectFile(_state)}:1: a project may not raise budget", $"{Settings.ProjectFile(_state)}:3: a project may not set claude"],
            settings.Ignored);
    }

    [Fact]
    public void a_project_may_not_ask_for_more_agents_than_there_would_be_without_it()
    {
        Project("concurrency: 64\nbudget: 50\n");

        var settings = Load();

        Assert.Equal((null, 50m), (settings.Concurrency, settings.BudgetUsd));
        Assert.Equal([$"{Settings.ProjectFile(_state)}:1: a project may not raise concurrency"], settings.Ignored);
    }

    [Theory]
    [InlineData("concurency: 2\n", 1, "there is no setting \"concurency\"")]
    [InlineData("version: 1\n\nconcurrency: many\n", 3, "concurrency is a number from 1 to 64")]
    [InlineData("version: 2\n", 1, "these settings are of another version than 1")]
    [InlineData("agent: [a, b]\n", 1, "agent is one word")]
    [InlineData("agent: a\nagent: b\n", 2, "agent")]
    public void a_mistake_is_told_with_its_place(string text, int line, string message)
    {
        Project(text);

        var failure = Assert.Throws<CloisterException>(Load);

        Assert.Equal("config.file", failure.Code);
        Assert.StartsWith($"{Settings.ProjectFile(_state)}:{line}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void a_file_that_everybody_can_write_is_refused()
    {
        User("agent: coder\n");
        File.SetUnixFileMode(Settings.UserFile(_environment)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);

        Assert.Contains("everybody can write", Assert.Throws<CloisterException>(Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void setting_a_key_leaves_the_rest_of_the_file_alone()
    {
        Project("version: 1\n# mine\nagent: tester\n\nmodel: opus # quick\n");

        ConfigFile.Write(Settings.ProjectFile(_state), ConfigKey.Find("agent")!, "reviewer");
        ConfigFile.Write(Settings.ProjectFile(_state), ConfigKey.Find("concurrency")!, "3");

        Assert.Equal("version: 1\n# mine\nagent: reviewer\n\nmodel: opus # quick\nconcurrency: 3\n", File.ReadAllText(Settings.ProjectFile(_state)));
    }

    [Fact]
    public void a_value_is_written_so_that_it_is_read_back()
    {
        const string Path = "/opt/my claude's: dir/claude #1";

        ConfigFile.Write(Settings.UserFile(_environment)!, ConfigKey.Find("claude")!, Path);

        Assert.Equal(Path, Load()["claude"]);
    }

    private Settings Load() => Settings.Load(_state, _environment);

    private void User(string text) => Write(Settings.UserFile(_environment)!, text);

    private void Project(string text) => Write(Settings.ProjectFile(_state), text);

    private void Local(string text) => Write(Settings.LocalFile(_state), text);

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
