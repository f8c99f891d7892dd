namespace ModelPack.Tests.Runtime;

/// <summary>Runs after all others, alone.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class MemoryRunsAlone;
