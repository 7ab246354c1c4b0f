namespace Cloister.Artifacts;

/// <summary>A result file that an agent reported, kept as it was at that moment, whatever becomes of its workspace.</summary>
/// <param name="Name">Its path in the workspace. Untrusted text.</param>
/// <param name="MediaType">What it seems to be, by its name.</param>
/// <param name="Sha256">Its content: the name under which it is kept.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="KeptAt">When it was reported.</param>
public sealed record Artifact(string Name, string MediaType, string Sha256, long Bytes, DateTimeOffset KeptAt)
{
    /// <summary>Which version of its name this is in its task, from 1.</summary>
    public int Version { get; init; } = 1;
}

/// <summary>A piece of an artifact's content.</summary>
/// <param name="Content">The bytes.</param>
/// <param name="NextOffset">Ask again from here.</param>
/// <param name="Ended">True when nothing comes after them.</param>
public sealed record ArtifactPage(byte[] Content, long NextOffset, bool Ended);

/// <summary>What the store holds.</summary>
/// <param name="Files">Different contents.</param>
/// <param name="Bytes">Their size together.</param>
public readonly record struct ArtifactTotal(int Files, long Bytes);
