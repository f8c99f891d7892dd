using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using ModelPack.Models.Tensors;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Checkpoints;

/// <summary>Hashes of the tensors that llama.cpp's converter wrote for a fixture.</summary>
internal static class GoldenTensors
{
    /// <summary>sha256 and type ("BF16", "F32") of each tensor by its GGUF name.</summary>
    public static IReadOnlyDictionary<string, (string Sha256, string Type)> Of(string fixture)
    {
        string path = SharedFolder.Require($"fixtures/{fixture}/golden/gguf-bf16.json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.GetProperty("tensors").EnumerateArray().ToDictionary(
            static t => t.GetProperty("name").GetString()!,
            static t => (t.GetProperty("sha256").GetString()!, t.GetProperty("type").GetString()!));
    }

    /// <summary>sha256 of the weights as BF16 (rounded to nearest even) or F32.</summary>
    public static string Sha256(TensorSource source, string type)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        float[] row = new float[source.Columns];
        byte[] bytes = new byte[row.Length * (type == "F32" ? 4 : 2)];
        for (long r = 0; r < source.Rows; r++)
        {
            source.Read(r, row);
            for (int i = 0; i < row.Length; i++)
            {
                if (type == "F32")
                {
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), row[i]);
                }
                else
                {
                    uint bits = BitConverter.SingleToUInt32Bits(row[i]);
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * 2), (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
                }
            }

            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
