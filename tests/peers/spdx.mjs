// Reads {"expressions": ["…"], "satisfies": [["…", ["…"]]]} on stdin. Prints {"trees", "satisfies"}: the tree of each expression by
// spdx-expression-parse, null where it refuses, and the answers of spdx-satisfies, null where it refuses.
import { readFileSync } from "node:fs";
import parse from "spdx-expression-parse";
import satisfies from "spdx-satisfies";

const attempt = (act) => {
  try {
    return act();
  } catch {
    return null;
  }
};
const input = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({
  trees: input.expressions.map((text) => attempt(() => parse(text))),
  satisfies: input.satisfies.map(([text, approved]) => attempt(() => satisfies(text, approved))),
}));
