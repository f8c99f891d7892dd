using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>A checkpoint: the residual stream after a layer, and a small file that says so.</summary>
/// <remarks>The small file is replaced by a rename after everything else is safe, so that it is always true.</remarks>
internal sealed class PassState(string folder, string fingerprint, long tokens, int hidden)
{
    private const string FileName = "pass.json";

    private string StatePath => Path.Combine(folder, FileName);

    /// <summary>Identity of a pass: what the caller says, and the windows.</summary>
    public static string FingerprintOf(string caller, IReadOnlyList<int[]> windows)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(caller));
        byte[] number = new byte[sizeof(int)];
        foreach (int[] window in windows)
        {
            BinaryPrimitives.WriteInt32LittleEndian(number, -window.Length);
            hash.AppendData(number);
            foreach (int token in window)
            {
                BinaryPrimitives.WriteInt32LittleEndian(number, token);
                hash.AppendData(number);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Layers that are done; 0 when there is no checkpoint.</summary>
    /// <exception cref="Models.ModelPackException">It is of another pass, or damaged.</exception>
    public int Layers()
    {
        if (!File.Exists(StatePath))
        {
            return 0;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(StatePath));
            JsonElement root = document.RootElement;
            int layers = root.GetProperty("layers").GetInt32();
            long bytes = root.GetProperty("tokens").GetInt64() * root.GetProperty("hidden").GetInt32() * sizeof(float);
            if (root.GetProperty("fingerprint").GetString() != fingerprint || bytes != tokens * hidden * sizeof(float))
            {
                throw RuntimeFaults.OtherState(StatePath);
            }

            string residual = ResidualPath(layers);
            return layers > 0 && File.Exists(residual) && new FileInfo(residual).Length >= bytes
                ? layers
                : throw RuntimeFaults.DamagedState(StatePath, $"{Path.GetFileName(residual)} is missing or too short");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException)
        {
            throw RuntimeFaults.DamagedState(StatePath, RuntimeFaults.Reason(e));
        }
    }

    /// <summary>Forgets an earlier pass.</summary>
    public void Clear()
    {
        try
        {
            Directory.CreateDirectory(folder);
            File.Delete(StatePath);
            Sweep(keep: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RuntimeFaults.CannotKeep(folder, e);
        }
    }

    /// <summary>Keeps the residual stream after so many layers.</summary>
    public void Save(int layers, PassContext context)
    {
        Copy(context, context.Residual, layers, load: false);
        try
        {
            string temporary = StatePath + ".tmp";
            using (FileStream file = new(temporary, FileMode.Create, FileAccess.Write))
            {
                using (Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true }))
                {
                    json.WriteStartObject();
                    json.WriteNumber("layers", layers);
                    json.WriteNumber("tokens", tokens);
                    json.WriteNumber("hidden", hidden);
                    json.WriteString("fingerprint", fingerprint);
                    json.WriteEndObject();
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, StatePath, overwrite: true);
            Sweep(layers);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RuntimeFaults.CannotKeep(StatePath, e);
        }
    }

    /// <summary>Reads the residual stream after so many layers.</summary>
    public void Load(int layers, PassContext context) => Copy(context, context.Residual, layers, load: true);

    private string ResidualPath(int layers) => Path.Combine(folder, $"residual-after-{layers}.f32");

    private void Copy(PassContext context, Activations residual, int layers, bool load)
    {
        using FileActivations file = new(ResidualPath(layers), tokens, hidden, temporary: false);
        using RowsLease scratch = context.Rent(hidden);
        foreach (TokenBatch batch in context.Plan.Batches)
        {
            FloatRows place = scratch.Rows.Slice(0, batch.Rows);
            FloatRows rows = residual.Open(batch.FirstRow, place, read: !load);
            if (load)
            {
                rows = file.Open(batch.FirstRow, rows);
                residual.Keep(batch.FirstRow, rows);
            }
            else
            {
                file.Keep(batch.FirstRow, rows);
            }
        }

        if (!load)
        {
            file.Flush();
        }
    }

    private void Sweep(int keep)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "residual-after-*.f32"))
        {
            if (path != ResidualPath(keep))
            {
                File.Delete(path);
            }
        }
    }
}
