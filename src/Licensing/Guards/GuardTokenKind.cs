namespace ModelPack.Licensing.Guards;

internal enum GuardTokenKind
{
    Word,
    Number,
    Quoted,
    Sign,
    End,
}
