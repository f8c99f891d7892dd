// Validates the CycloneDX 1.6 documents named on the command line with the schema of the CycloneDX project; prints what is wrong.
import { readFileSync } from 'node:fs';
import { Validation } from '@cyclonedx/cyclonedx-library';

const validator = new Validation.JsonStrictValidator('1.6');
let broken = 0;
for (const path of process.argv.slice(2)) {
  const fault = await validator.validate(readFileSync(path, 'utf8'));
  if (fault !== null) {
    broken++;
    console.log(`${path}: ${JSON.stringify(fault)}`);
  }
}
process.exit(broken === 0 ? 0 : 1);
