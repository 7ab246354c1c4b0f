using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>Where the tasks of a loaded plan stand, for what is found only afterwards.</summary>
internal sealed record PlanPlaces(SourceText Source, IReadOnlyList<ReadTask> Tasks);
