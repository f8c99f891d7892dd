namespace ModelPack.Models.Tokenizers;

/// <summary>What a special token is used for.</summary>
public enum SpecialTokenRole
{
    /// <summary>Starts a text.</summary>
    Bos,

    /// <summary>Ends a text.</summary>
    Eos,

    /// <summary>Stands for unknown text.</summary>
    Unk,

    /// <summary>Stands between two texts.</summary>
    Sep,

    /// <summary>Fills batches.</summary>
    Pad,

    /// <summary>Stands for a whole text in classifiers.</summary>
    Cls,

    /// <summary>Hides a token in training.</summary>
    Mask,

    /// <summary>Ends a turn.</summary>
    Eot,

    /// <summary>Ends a message within a turn.</summary>
    Eom,
}
