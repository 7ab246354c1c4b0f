using Cloister.Runs;

namespace Cloister.Server.References;

/// <summary>What a reference on the command line stands for.</summary>
internal abstract record Target
{
    /// <summary>The run it is or belongs to.</summary>
    public abstract RunId? Run { get; }

    /// <summary>The task it is or belongs to; null for a run or question.</summary>
    public virtual string? Task => null;
}

internal sealed record RunTarget(RunId Id) : Target
{
    public override RunId? Run => Id;

    public override string ToString() => Id.ToString();
}

internal sealed record TaskTarget(TaskRef Ref) : Target
{
    public override RunId? Run => Ref.Run;

    public override string Task => Ref.Task;

    public override string ToString() => Ref.ToString();
}

internal sealed record AttemptTarget(AttemptRef Ref) : Target
{
    public override RunId? Run => Ref.Task.Run;

    public override string Task => Ref.Task.Task;

    public override string ToString() => Ref.ToString();
}

internal sealed record QuestionTarget(QuestionId Id) : Target
{
    public override RunId? Run => null;

    public override string ToString() => Id.ToString();
}
