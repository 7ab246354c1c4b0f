using System.CommandLine;
using Cloister.Claude.Installation;
using Cloister.Cli.Configuration;
using Cloister.Cli.Output;
using Cloister.Processes;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister config</c>: settings, and which file each comes from.</summary>
internal static class ConfigVerb
{
    public static Verb Create() => new("config", "Settings: get, set, unset, list, edit", run: null) { Get(), Set(), Unset(), List(), Edit() };

    private static Verb Get()
    {
        var name = new Argument<string>("KEY") { Description = "The setting's name" };
        return new Verb("get", "One setting's value", (context, _) =>
        {
            var key = Key(context.Line.GetRequiredValue(name));
            var setting = Settings.Load(context.State, context.Environment).All.Single(one => one.Name == key.Name);
            context.Show(setting, () => CliJson.Default.Setting, found =>
            {
                if (found.Value is { } value)
                    context.Terminal.Print(value);
                else
                    context.Hint($"{key.Name} is not set: {key.WhenUnset}");
            });
            return Task.FromResult(ExitCode.Ok);
        })
        {
            name,
        };
    }

    private static Verb Set()
    {
        var name = new Argument<string>("KEY") { Description = "The setting's name" };
        var value = new Argument<string>("VALUE") { Description = "Its value" };
        var user = new Option<bool>("--user") { Description = "For all your projects" };
        var local = new Option<bool>("--local") { Description = "For you in this project; git ignores the file" };
        return new Verb("set", "Write a setting: the project's, --local or --user", async (context, cancellationToken) =>
        {
            var key = Key(context.Line.GetRequiredValue(name));
            var text = context.Line.GetRequiredValue(value);
            if (key.Complaint(text) is { } wanted)
                throw new CloisterException("config.value", $"{key.Name} is {wanted}", key.Description);
            var path = FileFor(context, key, context.Line.GetValue(user), context.Line.GetValue(local));
            if (key.Name == "claude")
                await RefuseUnusableAsync(context, text, cancellationToken);
            if (!context.DryRun)
                ConfigFile.Write(path, key, text);
            context.Hint(new Styled($"{key.Name}: {text} {(context.DryRun ? "would be" : "is")} in ", new Piece(path, Tone.Path)));
            return ExitCode.Ok;
        })
        {
            name, value, user, local,
        };
    }

    // Found out by the next run, it would be a run that failed.
    private static async Task RefuseUnusableAsync(VerbContext context, string path, CancellationToken cancellationToken)
    {
        try
        {
            await new ClaudeLocator(() => new ChosenClaude(path, "the value"), context.Environment, context.Project, context.Time).FindAsync(cancellationToken);
        }
        catch (CloisterException unusable)
        {
            throw new CloisterException("config.value", $"claude was not set: {unusable.Message}", "give the full path of a Claude Code that runs; cloister doctor finds one", unusable);
        }
    }

    private static Verb Unset()
    {
        var name = new Argument<string>("KEY") { Description = "The setting's name" };
        var user = new Option<bool>("--user") { Description = "From the file for all your projects" };
        var local = new Option<bool>("--local") { Description = "From the file for you in this project" };
        return new Verb("unset", "Take a setting out again: the project's, --local or --user", (context, _) =>
        {
            var key = Key(context.Line.GetRequiredValue(name));
            var path = FileFor(context, key, context.Line.GetValue(user), context.Line.GetValue(local));
            var was = context.DryRun ? ConfigFile.Read(path).Any(value => value.Key == key) : ConfigFile.Remove(path, key);
            context.Hint(new Styled($"{key.Name} {(was ? context.DryRun ? "would be taken out of" : "is no longer in" : "was not in")} ", new Piece(path, Tone.Path)));
            if (Settings.Load(context.State, context.Environment).All.Single(one => one.Name == key.Name) is { Value: { } still } left && !context.DryRun)
                context.Hint($"{key.Name} is still {still}, from {left.Origin}");
            return Task.FromResult(ExitCode.Ok);
        })
        {
            name, user, local,
        };
    }

    private static Verb List()
    {
        var origin = new Option<bool>("--origin") { Description = "Which file or variable each comes from" };
        return new Verb("list", "All settings as they hold here", (context, _) =>
        {
            var settings = Settings.Load(context.State, context.Environment);
            context.Show(settings.All, () => CliJson.Default.IReadOnlyListSetting, all => Print(context, all, context.Line.GetValue(origin)));
            foreach (var ignored in settings.Ignored)
                context.Hint($"ignored: {ignored}");
            return Task.FromResult(ExitCode.Ok);
        })
        {
            origin,
        };
    }

    private static Verb Edit()
    {
        var user = new Option<bool>("--user") { Description = "The file for all your projects" };
        var local = new Option<bool>("--local") { Description = "The file for you in this project" };
        return new Verb("edit", "Open a settings file in your editor: the project's, --local or --user", (context, _) =>
        {
            var path = PathOf(context, context.Line.GetValue(user), context.Line.GetValue(local));
            var editor = Editing.Editor(context);
            if (context.DryRun || !context.Terminal.InputIsTerminal || editor.Length == 0)
            {
                context.Terminal.Print(path);
                return Task.FromResult(ExitCode.Ok);
            }
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // It takes over this terminal and this process; its exit code is the command's.
            ProgramReplacement.Become(Executable.Find(editor[0], context.Folder, context.Environment), [.. editor[1..], path], context.Environment);
            return Task.FromResult(ExitCode.Failed);
        })
        {
            user, local,
        };
    }

    private static void Print(VerbContext context, IReadOnlyList<Setting> settings, bool withOrigin)
    {
        var table = new Table(new Column("KEY"), new Column("VALUE"), new Column(withOrigin ? "ORIGIN" : "FOR"));
        foreach (var setting in settings)
            table.Add(setting.Name, setting.Value ?? Words.None, withOrigin ? new Piece(setting.Origin, Tone.Path) : setting.Description);
        foreach (var line in table.Lines(context.Terminal.Width))
            context.Terminal.Print(line);
    }

    private static string FileFor(VerbContext context, ConfigKey key, bool user, bool local)
    {
        if (local && key.Project == ProjectRight.None)
            throw new CloisterException("config.scope", $"{key.Name} is never read from a project's files: whoever writes them would decide what runs as you", "leave --local out: it is for all your projects");
        return PathOf(context, user || key.Project == ProjectRight.None, local);
    }

    private static string PathOf(VerbContext context, bool user, bool local)
    {
        if (user)
            return Settings.UserFile(context.Environment) ?? throw new CloisterException("config.home", "there is no home folder to keep settings in", "set HOME or XDG_CONFIG_HOME");
        return local ? Settings.LocalFile(context.State) : Settings.ProjectFile(context.State);
    }

    private static ConfigKey Key(string name) => ConfigKey.Find(name) ?? throw new CloisterException(
        "config.unknown",
        $"there is no setting \"{name}\"",
        DidYouMean.Phrase(name, ConfigKey.All.Select(key => key.Name)) ?? $"settings: {string.Join(", ", ConfigKey.All.Select(key => key.Name))}");
}
