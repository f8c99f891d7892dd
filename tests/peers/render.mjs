// Reads [{"template": "…", "variables": {…}}] on stdin. Prints what Hugging Face's Jinja makes of each, or {"error": "…"}.
import { readFileSync } from "node:fs";
import { Template } from "@huggingface/jinja";

// Its clock cannot be set; ours always tells this day.
const today = new Date().toISOString().slice(0, 10);
const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map(({ template, variables }) => {
  try {
    return new Template(template).render(variables).replaceAll(today, "2025-01-01");
  } catch (error) {
    return { error: String(error.message) };
  }
})));
