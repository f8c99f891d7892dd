using ModelPack.LicenseIndex;

const string Usage = """
    usage:
      LicenseIndex spdx PACKAGE-FOLDER OUTPUT           the embedded index, from npm's spdx-license-list
      LicenseIndex fingerprint TEXT --id ID [--phrase "WORDS"]... [-o FILE.fingerprint]
                                                        the fingerprint of a license that SPDX does not list
    """;

try
{
    switch (args)
    {
        case ["spdx", string folder, string output]:
            SpdxIndexCommand.Run(folder, output);
            return 0;
        case ["fingerprint", string text, .. string[] options]:
            return FingerprintCommand.Run(text, options, Console.Out) ? 0 : Fail(Usage);
        default:
            return Fail(Usage);
    }
}
catch (Exception fault) when (fault is IOException or InvalidDataException or System.Text.Json.JsonException)
{
    return Fail($"LicenseIndex: error: {fault.Message}");
}

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 1;
}
