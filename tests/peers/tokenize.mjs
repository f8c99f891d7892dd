// Reads {"folder": "…", "strings": ["…"]} on stdin. Prints {"texts", "ids"}: the strings, in NFC where the tokenizer puts them
// in NFC first (llama.cpp does not), and the token ids of each by Hugging Face's tokenizers.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";

const { folder, strings } = JSON.parse(readFileSync(0, "utf8"));
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const settings = read("tokenizer.json");
const tokenizer = new Tokenizer(settings, read("tokenizer_config.json"));
const texts = settings.normalizer?.type === "NFC" ? strings.map((text) => text.normalize("NFC")) : strings;
const ids = texts.map((text) => tokenizer.encode(text, { add_special_tokens: false }).ids);
process.stdout.write(JSON.stringify({ texts, ids }));
