using System.Globalization;
using ModelPack.Models;

namespace ModelPack.Runtime.Evaluation;

/// <summary>Every way an evaluation can go wrong. A member makes the exception; the caller throws it.</summary>
internal static class EvaluationFaults
{
    public static ModelPackException NotFinite(string model, int window, int position) => new(string.Create(
        CultureInfo.InvariantCulture, $"{model}: the logits of window {window}, position {position} are not finite; the model's weights are damaged"));

    public static ModelPackException OtherVocabulary(string model, int size, string reference, int expected) => new(string.Create(
        CultureInfo.InvariantCulture, $"{model}: {size} tokens in the vocabulary; expected the {expected} of {reference}, with which it is compared"));

    public static InvalidCheckpointException TokenOutside(string model, int token, int size) => new(string.Create(
        CultureInfo.InvariantCulture, $"{model}: the text has the token {token}; the model knows the tokens 0 to {size - 1}"));

    public static ModelPackException NoSpill(string folder, long bytes, Exception cause) => new(string.Create(
        CultureInfo.InvariantCulture, $"{folder}: {bytes} bytes for the reference's logits cannot be kept there: {cause.Message.TrimEnd('.')}"), cause);

    public static UnsupportedModelException UnknownInput(string file, string name, string shape) =>
        new($"{file}: input {name} of shape {shape}; expected input_ids, attention_mask, position_ids and a cache of keys and values");

    public static UnsupportedModelException NoLogits(string file, string outputs) =>
        new($"{file}: outputs {outputs}; expected logits, [batch, positions, vocabulary] of float32 or float16");

    public static InvalidCheckpointException WrongLogits(string file, IEnumerable<long> shape, int tokens) =>
        new($"{file}: logits of shape [{string.Join(", ", shape)}]; expected [1, {tokens}, vocabulary]");
}
