using System.Buffers.Binary;
using System.Text.Json.Nodes;

namespace ModelPack.Tests.EndToEnd;

/// <summary>Small damage to files, the same for the same seed.</summary>
internal static class Mutations
{
    private static readonly ulong[] Numbers =
        [0, 1, 7, 1000, int.MaxValue, uint.MaxValue, 1UL << 32, 1UL << 62, long.MaxValue, ulong.MaxValue];

    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1", "0.5", "3", "100000000", "2147483647", "-2147483648", "9223372036854775807", "1e300",
        "\"\"", "\"x\\ny\\u001b[31m\"", "\"\\uFFFF\\u0000\"", "\"default\"", "\"yarn\"", "[]", "{}", "[1,\"a\",null]",
    ];

    /// <summary>Overwrites one to three places among the first bytes with other bytes, numbers or pieces of itself.</summary>
    public static byte[] Bytes(byte[] original, int seed, int window)
    {
        Random random = new(seed);
        byte[] bytes = [.. original];
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            int at = random.Next(window - 16);
            Span<byte> place = bytes.AsSpan(at, 16);
            ulong number = Numbers[random.Next(Numbers.Length)];
            switch (random.Next(5))
            {
                case 0:
                    place[0] = (byte)random.Next(256);
                    break;
                case 1:
                    place[0] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt64LittleEndian(place, number);
                    break;
                case 3:
                    BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)number);
                    break;
                default:
                    original.AsSpan(random.Next(window - 16), random.Next(16)).CopyTo(place);
                    break;
            }
        }

        return random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    /// <summary>Removes, renames or replaces one value somewhere in a document.</summary>
    public static string Json(string original, int seed)
    {
        Random random = new(seed);
        JsonNode root = JsonNode.Parse(original)!;
        JsonNode parent = root;
        while (true)
        {
            int count = Count(parent);
            if (count == 0)
            {
                return root.ToJsonString();
            }

            int at = random.Next(count);
            JsonNode? child = parent is JsonObject o ? o.GetAt(at).Value : parent[at];
            if (Count(child) > 0 && random.Next(4) > 0)
            {
                parent = child!;
                continue;
            }

            Damage(parent, at, random);
            return root.ToJsonString();
        }
    }

    private static int Count(JsonNode? node) => node switch
    {
        JsonObject o => o.Count,
        JsonArray a => a.Count,
        _ => 0,
    };

    private static void Damage(JsonNode parent, int at, Random random)
    {
        JsonNode? value = JsonNode.Parse(Values[random.Next(Values.Length)]);
        switch (parent, random.Next(6))
        {
            case (JsonObject o, 0):
                o.RemoveAt(at);
                break;
            case (JsonObject o, 1):
                (string name, JsonNode? old) = o.GetAt(at);
                o.RemoveAt(at);
                o["x" + name] = old;
                break;
            case (JsonObject o, _):
                o[o.GetAt(at).Key] = value;
                break;
            case (JsonArray a, 0):
                a.RemoveAt(at);
                break;
            default:
                parent[at] = value;
                break;
        }
    }
}
