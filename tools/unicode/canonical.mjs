// Prints src/Models/Tokenizers/Normalization/CanonicalData.cs: node canonical.mjs > …
// The runtime normalizes nothing under invariant globalization, so the tables of canonical composition stand in the source.
// They are facts of the Unicode Character Database, read here from String.prototype.normalize.
const isHangul = (c) => c >= 0xac00 && c <= 0xd7a3;
const isSurrogate = (c) => c >= 0xd800 && c <= 0xdfff;
const hex = (c) => c.toString(16).toUpperCase();
const runes = (text) => [...text].map((c) => c.codePointAt(0));

// One combining mark of every class; the order in which normalization puts two marks tells which class is lower.
const marks = [
  [1, 0x334], [6, 0x16ff0], [7, 0x93c], [8, 0x3099], [9, 0x94d], [10, 0x5b0], [11, 0x5b1], [12, 0x5b2], [13, 0x5b3], [14, 0x5b4],
  [15, 0x5b5], [16, 0x5b6], [17, 0x5b7], [18, 0x5b8], [19, 0x5b9], [20, 0x5bb], [21, 0x5bc], [22, 0x5bd], [23, 0x5bf],
  [24, 0x5c1], [25, 0x5c2], [26, 0xfb1e], [27, 0x64b], [28, 0x64c], [29, 0x64d], [30, 0x64e], [31, 0x64f], [32, 0x650],
  [33, 0x651], [34, 0x652], [35, 0x670], [36, 0x711], [84, 0xc55], [91, 0xc56], [103, 0xe38], [107, 0xe48], [118, 0xeb8],
  [122, 0xec8], [129, 0xf71], [130, 0xf72], [132, 0xf74], [202, 0x321], [214, 0x1dce], [216, 0x31b], [218, 0x302a],
  [220, 0x316], [222, 0x59a], [224, 0x302e], [226, 0x1d16d], [228, 0x5ae], [230, 0x301], [232, 0x315], [233, 0x35c],
  [234, 0x35d], [240, 0x345],
];
const text = (...codes) => String.fromCodePoint(...codes);
const swaps = (first, second) => {
  // Only a second mark of a lower class (and none of class 0) goes before the first.
  const source = text(0x2603, first, second);
  return source.normalize("NFD") === text(0x2603, ...runes(text(second).normalize("NFD")), ...runes(text(first).normalize("NFD")));
};
const classOf = (rune) => {
  const decomposed = runes(text(rune).normalize("NFD"));
  const known = marks.find(([, mark]) => mark === rune);
  if (known) return known[0];
  if (decomposed.length !== 1 || decomposed[0] !== rune) return 0;
  if (!swaps(0x345, rune) && !swaps(rune, 0x334)) {
    return 0;
  }
  for (const [value, mark] of marks) {
    if (!swaps(mark, rune) && !swaps(rune, mark)) return value;
  }
  throw new Error(`no class for ${hex(rune)}`);
};

const composed = [];
const decomposed = [];
const classes = [];
for (let rune = 0x80; rune <= 0x10ffff; rune++) {
  if (isHangul(rune) || isSurrogate(rune)) continue;
  const whole = text(rune);
  const parts = runes(whole.normalize("NFD"));
  if (parts.length !== 1 || parts[0] !== rune) {
    if (whole.normalize("NFC") === whole) {
      const first = runes(text(...parts.slice(0, -1)).normalize("NFC"));
      if (first.length !== 1) throw new Error(`no pair for ${hex(rune)}`);
      composed.push(`${hex(rune)} ${hex(first[0])} ${hex(parts.at(-1))}`);
    } else {
      decomposed.push(`${hex(rune)} ${parts.map(hex).join(" ")}`);
    }
  }
  const value = classOf(rune);
  const last = classes.at(-1);
  if (value === 0) continue;
  if (last && last[2] === value && last[1] === rune - 1) last[1] = rune;
  else classes.push([rune, rune, value]);
}

const literal = (entries) => {
  const lines = [""];
  for (const entry of entries) {
    if (lines.at(-1).length + entry.length > 118) lines.push("");
    lines[lines.length - 1] += entry + ";";
  }
  return lines.map((line) => `        ${line}`).join("\n");
};
const ranges = classes.map(([first, last, value]) => (first === last ? `${hex(first)} ${value}` : `${hex(first)}-${hex(last)} ${value}`));
process.stdout.write(`namespace ModelPack.Models.Tokenizers.Normalization;

/// <summary>Unicode's tables of canonical equivalence, in hexadecimal. Written by tools/unicode/canonical.mjs.</summary>
/// <remarks>Source: the Unicode Character Database, version ${process.versions.unicode}; Hangul is computed and stands in no table.</remarks>
internal static class CanonicalData
{
    /// <summary>"whole first second": pairs that composition joins.</summary>
    public const string Pairs = """
${literal(composed)}
        """;

    /// <summary>"rune parts…": full decompositions that are never composed again.</summary>
    public const string Decompositions = """
${literal(decomposed)}
        """;

    /// <summary>"rune class" or "first-last class" (the class in decimal): combining classes other than 0.</summary>
    public const string Classes = """
${literal(ranges)}
        """;
}
`);
