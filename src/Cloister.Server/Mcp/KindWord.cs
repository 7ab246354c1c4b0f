using Cloister.Questions;

namespace Cloister.Server.Mcp;

/// <summary>Kinds of questions as they stand in answers.</summary>
internal static class KindWord
{
    public static string Of(QuestionKind kind) => kind switch
    {
        QuestionKind.Question => "question",
        QuestionKind.Permission => "permission",
        QuestionKind.Plan => "plan",
    };
}
