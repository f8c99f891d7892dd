using Polly;
using Polly.Retry;

namespace ModelPack.Packaging.Registries;

/// <summary>Sends requests that may be repeated without harm again when they fail for reasons that pass: with longer and longer waits, or as long as the server asks for.</summary>
/// <param name="options">How often, and after what waits.</param>
internal sealed class RequestRetries(RegistryOptions options)
{
    /// <summary>Longest wait, whatever the server asks for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    // Made when it is needed: most runs meet no fault, and making it takes as long as their requests.
    private readonly Lazy<ResiliencePipeline<HttpResponseMessage>> _pipeline = new(() => Pipeline(options));

    /// <summary>Sends a request until it succeeds, fails for good, or has failed too often.</summary>
    /// <param name="send">Sends it once.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The last answer, whatever its status.</returns>
    public async Task<HttpResponseMessage> RunAsync(Func<CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancel)
    {
        Outcome<HttpResponseMessage>? first;
        try
        {
            HttpResponseMessage response = await send(cancel);
            if (!IsTransient(response))
            {
                return response;
            }

            first = Outcome.FromResult(response);
        }
        catch (RegistryException fault) when (fault.IsTransient)
        {
            first = Outcome.FromException<HttpResponseMessage>(fault);
        }

        return await _pipeline.Value.ExecuteAsync(
            async token =>
            {
                if (first is not { } known)
                {
                    return await send(token);
                }

                first = null;
                known.ThrowIfException();
                return known.Result!;
            },
            cancel);
    }

    private static ResiliencePipeline<HttpResponseMessage> Pipeline(RegistryOptions options) =>
        new ResiliencePipelineBuilder<HttpResponseMessage>().AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = Math.Max(1, options.Retries),
            BackoffType = DelayBackoffType.Exponential,
            Delay = options.RetryDelay,
            MaxDelay = LongestWait,
            UseJitter = true,
            ShouldHandle = static args => ValueTask.FromResult(args.Outcome switch
            {
                { Exception: RegistryException fault } => fault.IsTransient,
                { Result: { } response } => IsTransient(response),
                _ => false,
            }),
            DelayGenerator = static args => ValueTask.FromResult(args.Outcome.Result is { } response ? RegistryConnection.RetryAfter(response) : null),
        }).Build();

    private static bool IsTransient(HttpResponseMessage response) => RegistryException.IsTransientStatus(response.StatusCode);
}
