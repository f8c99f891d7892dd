// Reads ["…"] on stdin. Prints [[form C, form D], …] by JavaScript's own normalization.
import { readFileSync } from "node:fs";

const texts = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(texts.map((text) => [text.normalize("NFC"), text.normalize("NFD")])));
