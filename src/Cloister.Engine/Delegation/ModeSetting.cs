using System.Text.Json.Serialization;

namespace Cloister.Delegation;

/// <summary>How somebody wants it decided whether a task runs in isolation.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IsolationMode>))]
internal enum IsolationMode
{
    /// <summary>Never: standard execution.</summary>
    [JsonStringEnumMemberName("off")] Off,

    /// <summary>A person is asked each time.</summary>
    [JsonStringEnumMemberName("ask")] Ask,

    /// <summary>By the delegation rules.</summary>
    [JsonStringEnumMemberName("auto")] Auto,

    /// <summary>Whenever the machine can.</summary>
    [JsonStringEnumMemberName("always")] Always,
}

/// <summary>The modes that were said, each by whom. The nearest to the task decides.</summary>
/// <param name="Call">By the call itself, or null.</param>
/// <param name="Project">By the project's settings, or null.</param>
internal sealed record ModeSetting(IsolationMode? Call = null, IsolationMode? Project = null)
{
    /// <summary>Isolation is for those who asked for it.</summary>
    public const IsolationMode WhenUnset = IsolationMode.Off;

    /// <summary>The mode that holds.</summary>
    public IsolationMode Mode => Call ?? Project ?? WhenUnset;

    /// <summary>Who said it, to begin a sentence with.</summary>
    public string Origin => this switch
    {
        { Call: not null } => "the call says",
        { Project: not null } => "the project's settings say",
        _ => "nobody said otherwise than",
    };

    /// <summary>The mode's word.</summary>
    public string Word => IsolationWord.Of(Mode);
}

/// <summary>The words of the modes, as settings have them.</summary>
internal static class IsolationWord
{
    public static string Of(IsolationMode mode) => mode switch
    {
        IsolationMode.Off => "off",
        IsolationMode.Ask => "ask",
        IsolationMode.Auto => "auto",
        IsolationMode.Always => "always",
    };

    public static bool TryParse(string word, out IsolationMode mode)
    {
        mode = Enum.GetValues<IsolationMode>().FirstOrDefault(one => Of(one) == word);
        return Of(mode) == word;
    }
}
