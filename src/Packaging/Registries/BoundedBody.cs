namespace ModelPack.Packaging.Registries;

/// <summary>Reads small answers that might be large.</summary>
internal static class BoundedBody
{
    /// <exception cref="RegistryException">The body is longer.</exception>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage response, int limit, string place, CancellationToken cancel)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(cancel);
        using MemoryStream bytes = new();
        byte[] buffer = new byte[1 << 14];
        for (int read; (read = await body.ReadAsync(buffer, cancel)) > 0;)
        {
            if (bytes.Length + read > limit)
            {
                throw new RegistryException($"{place}: the answer is longer than {limit} bytes", response.StatusCode);
            }

            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }
}
