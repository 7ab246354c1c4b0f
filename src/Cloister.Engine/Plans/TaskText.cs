using System.Globalization;
using System.Text;
using Cloister.Plans.Expressions;

namespace Cloister.Plans;

/// <summary>Fills in a task's texts when it is about to start.</summary>
internal static class TaskText
{
    /// <summary>
    /// The task with prompt, files and context filled in. What is filled in is data and stays data: the title is left alone, because
    /// it was filled in when the run was accepted or the copy was made, and must not be read as a template again.
    /// </summary>
    /// <exception cref="CloisterException"><c>plan.value</c>: something has no value now, is too long, or leads out of the project.</exception>
    public static PlanTask Render(PlanTask task, ExpressionScope scope) => task with
    {
        Prompt = Prompt(task, scope),
        Files = [.. task.Files.Select(path => Path(task, path, scope))],
        Context = [.. task.Context.Select(path => Path(task, path, scope))],
    };

    /// <summary>The title, which never depends on other tasks: it can be shown from the first moment on.</summary>
    public static string Title(PlanTask task, ExpressionScope scope) => Line(Template.Render(task.Title, scope));

    /// <summary>One line without control characters, cut to what a screen shows.</summary>
    public static string Line(string text)
    {
        var runes = text.Trim().EnumerateRunes().Take(PlanLimits.TitleLength + 1).Select(r => Rune.IsControl(r) ? new Rune(' ') : r).ToArray();
        var line = string.Concat(runes.Take(PlanLimits.TitleLength));
        return runes.Length > PlanLimits.TitleLength ? line + "…" : line;
    }

    private static string Prompt(PlanTask task, ExpressionScope scope)
    {
        var prompt = Template.Render(task.Prompt, scope);
        return Encoding.UTF8.GetByteCount(prompt) <= PlanLimits.PromptBytes
            ? prompt
            : throw new CloisterException(
                "plan.value",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the prompt of task \"{task.Id}\" is longer than {PlanLimits.PromptBytes / 1024 / 1024} MB once it is filled in"),
                "name files in context instead of pasting them");
    }

    private static string Path(PlanTask task, string template, ExpressionScope scope)
    {
        var path = Template.Render(template, scope);
        return PlanPaths.Complaint(path) is { } complaint
            ? throw new CloisterException(
                "plan.value", $"\"{Line(path)}\" of task \"{task.Id}\" is no path in the project: {complaint}",
                "use paths relative to the project, like src/Auth/**")
            : path;
    }
}
