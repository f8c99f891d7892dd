using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using ModelPack.Models;
using ModelPack.Packaging.Registries;

namespace ModelPack.Packaging.S3;

/// <summary>Speaks with one bucket: S3 itself, or a service that speaks its language. Credentials come from where AWS keeps them.</summary>
internal sealed class S3Connection : IDisposable
{
    private const string DefaultRegion = "us-east-1";

    private readonly S3Reference _reference;

    /// <param name="reference">The bucket.</param>
    /// <param name="options">How to speak with it.</param>
    /// <exception cref="ModelPackException">The endpoint may not be spoken to.</exception>
    public S3Connection(S3Reference reference, RegistryOptions options)
    {
        _reference = reference;
        Uri? endpoint = options.S3Endpoint ?? OfEnvironment();
        CheckScheme(endpoint, options.PlainHttp);
        AmazonS3Config config = new()
        {
            AuthenticationRegion = Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? DefaultRegion,
            ForcePathStyle = endpoint is not null,
            MaxErrorRetry = options.Retries,
            Timeout = Timeout.InfiniteTimeSpan,

            // Services that only speak like S3 do not know the checksums that the client would add.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (endpoint is null)
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(config.AuthenticationRegion);
        }
        else
        {
            config.ServiceURL = endpoint.AbsoluteUri;
        }

        if (options.CaFile is { } file)
        {
            config.HttpClientFactory = new TrustingClients(file);
        }

        IsSecret = endpoint is null || endpoint.Scheme == "https";
        Client = new(config);
    }

    public AmazonS3Client Client { get; }

    /// <summary>Whether nobody can change what goes over the line: the bytes then need no signature of their own.</summary>
    public bool IsSecret { get; }

    /// <summary>Does something and turns its faults into ours.</summary>
    /// <param name="what">For the message: "GET index.json".</param>
    /// <param name="work">What to do.</param>
    /// <param name="answers">Let answers through that the caller goes by, see <see cref="IsAnswer"/>.</param>
    /// <exception cref="ModelPackException">The service refused, or could not be reached.</exception>
    public async Task<T> RunAsync<T>(string what, Func<AmazonS3Client, Task<T>> work, bool answers = false)
    {
        try
        {
            return await work(Client);
        }
        catch (AmazonS3Exception fault) when (!answers || !IsAnswer(fault))
        {
            string hint = fault.StatusCode == HttpStatusCode.Forbidden ? "; AWS_ACCESS_KEY_ID and its like say who asks" : "";
            throw new ModelPackException($"{_reference}: {what}: answered {(int)fault.StatusCode} {fault.ErrorCode}: {fault.Message.TrimEnd('.')}{hint}", fault);
        }
        catch (Exception fault) when (fault is AmazonClientException or HttpRequestException && fault is not AmazonS3Exception)
        {
            throw new ModelPackException($"{_reference}: {what}: {Innermost(fault).Message.TrimEnd('.')}", fault);
        }
    }

    /// <summary>Whether a fault is an answer that callers go by: not there, or changed meanwhile.</summary>
    public static bool IsAnswer(AmazonS3Exception fault) => IsAbsent(fault) || IsConflict(fault) || fault.StatusCode == HttpStatusCode.NotImplemented;

    public static bool IsAbsent(AmazonS3Exception fault) => fault.StatusCode == HttpStatusCode.NotFound && fault.ErrorCode != "NoSuchBucket";

    public static bool IsConflict(AmazonS3Exception fault) => fault.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict;

    public void Dispose() => Client.Dispose();

    private static Uri? OfEnvironment()
    {
        string? text = Variable("AWS_ENDPOINT_URL_S3") ?? Variable("AWS_ENDPOINT_URL");
        return text is null ? null : Uri.TryCreate(text, UriKind.Absolute, out Uri? endpoint) ? endpoint
            : throw new ModelPackException($"AWS_ENDPOINT_URL: '{text}' is no web address");
    }

    private static void CheckScheme(Uri? endpoint, bool plainHttp)
    {
        if (endpoint is not null && endpoint.Scheme != "https" && !(endpoint.Scheme == "http" && (plainHttp || RegistryReference.IsLoopbackHost(endpoint.Host))))
        {
            throw new ModelPackException($"S3 endpoint {endpoint.Scheme}://{endpoint.Authority}: expected https, or --plain-http");
        }
    }

    private static Exception Innermost(Exception fault) => fault.InnerException is null ? fault : Innermost(fault.InnerException);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private sealed class TrustingClients(string file) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, SslOptions = { CertificateChainPolicy = CertificateFile.Trust(file) } })
            {
                Timeout = Timeout.InfiniteTimeSpan,
            };
    }
}
