namespace ModelPack.Licensing.Spdx;

internal enum SpdxTokenKind
{
    Id,
    Plus,
    And,
    Or,
    With,
    Open,
    Close,
    Colon,
    End,
}
