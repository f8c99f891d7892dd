using ModelPack.Models;
using ModelPack.Models.Conversion;
using ModelPack.Runtime;

namespace ModelPack.Tests.Runtime;

/// <summary>Devices are proved by use, and a choice is explained.</summary>
public sealed class DeviceTests
{
    private static readonly ModelWeights Weights = MadeUpWeights.Of(MadeUpWeights.Specs["experts by softmax, not normalized"]);

    [Fact]
    public void The_processor_is_taken_when_asked_for()
    {
        using LayerPass pass = LayerPass.Open(Weights, RunnerFixture.Cpu);
        Assert.Equal("cpu: as asked", pass.Device.ToString());
    }

    [Fact]
    public void Auto_says_what_it_chose_and_why()
    {
        using LayerPass pass = LayerPass.Open(Weights, new() { Threads = 2 });
        if (pass.Device.Gpu is null)
        {
            Assert.Equal("cpu", pass.Device.Name);
            Assert.StartsWith("the CUDA provider could not be used: ", pass.Device.Reason, StringComparison.Ordinal);
            Assert.True(pass.Device.Reason.Length > 45, pass.Device.Reason);
        }
        else
        {
            Assert.Equal(("cuda:0", "the CUDA provider works"), (pass.Device.Name, pass.Device.Reason));
        }

        Assert.DoesNotContain('\n', pass.Device.Reason);
    }

    [Theory]
    [InlineData("cuda", "cuda:0")]
    [InlineData("cuda:9", "cuda:9")]
    public void A_GPU_that_cannot_be_had_is_a_fault_that_says_why(string device, string name)
    {
        using LayerPass auto = LayerPass.Open(Weights, new() { Threads = 1 });
        Assert.DoesNotContain("ErrorCode", auto.Device.Reason, StringComparison.Ordinal);
        Assert.SkipWhen(device == "cuda" && auto.Device.Gpu is not null, "this machine has a GPU");
        ModelPackException e = Assert.Throws<RuntimeException>(() => LayerPass.Open(Weights, new() { Device = device }));
        Assert.StartsWith($"{name} cannot be used: ", e.Message, StringComparison.Ordinal);
        Assert.True(e.Message.Length > name.Length + 30, e.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("CPU")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1x")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:99999999999")]
    public void A_device_that_nobody_knows_is_named(string device)
    {
        RuntimeException e = Assert.Throws<RuntimeException>(() => LayerPass.Open(Weights, new() { Device = device }));
        Assert.Equal($"device \"{device}\"; expected auto, cpu, cuda or cuda:N", e.Message);
    }

    [Theory]
    [MemberData(nameof(MadeUpWeights.Names), MemberType = typeof(MadeUpWeights))]
    public void Both_devices_compute_the_same(string kind)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[kind]);
        using (LayerPass auto = LayerPass.Open(weights, new() { Threads = 2 }))
        {
            Assert.SkipWhen(auto.Device.Gpu is null, $"No GPU to compare with: {auto.Device.Reason}");
        }

        int[][] windows = [.. Enumerable.Range(0, 5).Select(static i => MadeUpWeights.Tokens(33, i))];
        float[][] cpu = VisitorTests.Run(weights, windows, new Recorder());
        float[][] cuda = VisitorTests.Run(weights, windows, new Recorder(), new() { Device = "cuda" });
        VisitorTests.Near(cpu.SelectMany(static l => l).Select(static v => (double)v), [.. cuda.SelectMany(static l => l)], 1e-3);
    }
}
