namespace ModelPack.Licensing;

/// <summary>A question, fact or license expression that cannot be read; the message is one line for people.</summary>
public class LicensingException : Exception
{
    public LicensingException(string message)
        : base(message)
    {
    }

    public LicensingException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
