using System.Text.Json;
using Cloister.Server.Mcp.Seeds;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>The list of subtasks that a model writes into a text.</summary>
public sealed class SubtasksJsonTests
{
    [Fact]
    public void a_list_is_read_from_a_text_or_as_it_is()
    {
        const string List = """[{"title":"Schema","description":"Write it","specialist_type":"architect","dependencies":[],"estimated_effort":"1h"},{"title":"API","dependencies":[0,"Schema"]}]""";

        var fromText = SubtasksJson.Read(Json(JsonSerializer.Serialize(List)));
        var asItIs = SubtasksJson.Read(Json(List));

        Assert.Equivalent(asItIs, fromText, strict: true);
        Assert.Equal(("Schema", "Write it", "architect", "1h"), (fromText[0].Title, fromText[0].Description, fromText[0].Specialist, fromText[0].Effort));
        Assert.Equal(("API", "API"), (fromText[1].Title, fromText[1].Description));
        Assert.Equal(["0", "Schema"], fromText[1].Dependencies);
    }

    [Theory]
    [InlineData("""[{"title":"A"},{"title":}]""", "subtasks_json is broken JSON at line 1, column 25: [{\"title\":\"A\"},{\"title\":}]")]
    [InlineData("""[{"description":"A"}]""", "subtasks_json[0] wants title")]
    [InlineData("""[{"title":"A"},{"title":"B","specialist":"x"}]""", "subtasks_json[1] knows no \"specialist\"")]
    [InlineData("""[{"title":"A"},{"title":"B","dependencies":[{}]}]""", "subtasks_json[1].dependencies has to be a list of titles, names or numbers of the list")]
    [InlineData("""[{"title":7}]""", "subtasks_json[0].title has to be a text, not 7")]
    [InlineData("{}", "subtasks_json has to be a list of subtasks")]
    [InlineData("[]", "subtasks_json has to be a list of subtasks")]
    [InlineData("[7]", "subtasks_json[0] has to be an object")]
    public void what_is_wrong_is_said_with_its_place(string list, string said) =>
        Assert.Equal(said, Assert.Throws<CloisterException>(() => SubtasksJson.Read(Json(JsonSerializer.Serialize(list)))).Message);

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
