using System.Globalization;
using Cloister.Questions;

namespace Cloister.Runs;

/// <summary>
/// The keys under which an agent gets its inputs. Each kind has a space of its own: people and agents choose keys too, and none of theirs
/// may stand for another input.
/// </summary>
internal static class InputKey
{
    public static string Of(Question question) => $"answer:{question.Id}";

    public static string OfWait(Question question) => $"wait:{question.Id}";

    public static string Of(QueuedMessage message) => $"message:{message.Key}";

    public static string OfRule(string rule) => $"rule:{rule}";

    public static string OfExtension(AttemptView attempt) => string.Create(CultureInfo.InvariantCulture, $"extend:{attempt.Number}:{attempt.Extensions}");

    public static string OfHandover(AttemptView attempt) => string.Create(CultureInfo.InvariantCulture, $"handover:{attempt.Number}");

    public static string OfStop(AttemptView attempt) => string.Create(CultureInfo.InvariantCulture, $"stop:{attempt.Number}");
}
