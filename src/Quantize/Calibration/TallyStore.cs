using System.Globalization;
using ModelPack.Models.Architectures;

namespace ModelPack.Quantize.Calibration;

/// <summary>Keeps the tallies of a run that may be interrupted: one small file a group of inputs, in a folder of the run's own.</summary>
/// <param name="folder">Created when it is missing.</param>
public sealed class TallyStore(string folder)
{
    private const uint Magic = 0x324C4154;
    private const int MostWidth = 1 << 24;
    private const int MostInputs = 1 << 20;
    private const string Pattern = "tally-*.bin";

    /// <summary>Makes a group safe; a file of the same group is replaced as a whole.</summary>
    /// <param name="group">Inputs of one place of one layer.</param>
    /// <exception cref="Models.ModelPackException">The folder cannot be written.</exception>
    public void Save(IReadOnlyList<InputTally> group)
    {
        if (group.Count == 0)
        {
            return;
        }

        LinearInput first = group[0].Input;
        string name = string.Create(CultureInfo.InvariantCulture, $"tally-{first.Layer:D5}-{(int)first.Place:D2}-{first.Expert ?? 0:D5}.bin");
        string path = Path.Combine(folder, name);
        try
        {
            Directory.CreateDirectory(folder);
            using (BinaryWriter writer = new(File.Create(path + ".partial")))
            {
                writer.Write(Magic);
                writer.Write(group.Count);
                foreach (InputTally tally in group)
                {
                    Write(writer, tally);
                }
            }

            File.Move(path + ".partial", path, overwrite: true);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw CalibrationFaults.CannotWrite(path, cause);
        }
    }

    /// <summary>Reads the tallies of all layers before one, and deletes the files of the others: their layers are run again.</summary>
    /// <exception cref="Models.ModelPackException">A file is broken or cannot be read.</exception>
    public IReadOnlyList<InputTally> Load(int firstLayer)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        List<InputTally> tallies = [];
        foreach (string path in Directory.EnumerateFiles(folder, Pattern).Order(StringComparer.Ordinal))
        {
            List<InputTally> group = firstLayer > 0 ? Read(path) : [];
            if (group.Count > 0 && group[0].Input.Layer < firstLayer)
            {
                tallies.AddRange(group);
            }
            else
            {
                File.Delete(path);
            }
        }

        return tallies;
    }

    private static void Write(BinaryWriter writer, InputTally tally)
    {
        LinearInput input = tally.Input;
        writer.Write((int)input.Place);
        writer.Write(input.Layer);
        writer.Write(input.Expert ?? -1);
        writer.Write(input.Width);
        writer.Write(input.Matrices);
        writer.Write(tally.Rows);
        writer.Write(tally.Dropped);
        writer.Write(input.Weights.Count);
        foreach (TensorRole role in input.Weights)
        {
            writer.Write(role.ToString());
        }

        for (int i = 0; i < input.Width; i++)
        {
            writer.Write(tally[i]);
        }
    }

    private static List<InputTally> Read(string path)
    {
        string name = Path.GetFileName(path);
        try
        {
            using BinaryReader reader = new(File.OpenRead(path));
            if (reader.ReadUInt32() != Magic || reader.ReadInt32() is not (> 0 and <= MostInputs and int count))
            {
                throw CalibrationFaults.BrokenState(name, "no tallies of this version");
            }

            List<InputTally> group = [];
            for (int i = 0; i < count; i++)
            {
                group.Add(ReadOne(reader, name));
            }

            return group;
        }
        catch (EndOfStreamException)
        {
            throw CalibrationFaults.BrokenState(name, "ends too early");
        }
    }

    private static InputTally ReadOne(BinaryReader reader, string name)
    {
        (int place, int layer, int expert) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        (int width, int matrices) = (reader.ReadInt32(), reader.ReadInt32());
        (long rows, long dropped, int weights) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32());
        if (!Enum.IsDefined((LinearPlace)place) || layer < 0 || expert < -1 || width is < 1 or > MostWidth || matrices < 1 || width % matrices != 0
            || rows < 0 || dropped < 0 || weights is < 0 or > 16)
        {
            throw CalibrationFaults.BrokenState(name, "a tally of an input that no model has");
        }

        List<TensorRole> roles = [];
        for (int i = 0; i < weights; i++)
        {
            roles.Add(TensorRole.TryParse(reader.ReadString(), out TensorRole role)
                ? role
                : throw CalibrationFaults.BrokenState(name, "a tally of weights that no model has"));
        }

        // Allocated only where the file is as long as it says.
        if (reader.BaseStream.Length - reader.BaseStream.Position < (long)width * sizeof(double))
        {
            throw CalibrationFaults.BrokenState(name, "ends too early");
        }

        double[] sums = new double[width];
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = reader.ReadDouble();
        }

        return new(new((LinearPlace)place, layer, expert < 0 ? null : expert, width, roles) { Matrices = matrices }, sums, rows, dropped);
    }
}
