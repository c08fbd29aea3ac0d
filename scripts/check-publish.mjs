// Runs before `npm publish`. On npm the README's relative links lead into the repository, so they are dead without its address.
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const wanted = {
  repository: '{ "type": "git", "url": "git+https://HOST/OWNER/NAME.git" }',
  homepage: '"https://HOST/OWNER/NAME#readme"',
};
const missing = Object.keys(wanted).filter((field) => !manifest[field]);
for (const field of missing)
  console.error(
    `package.json has no "${field}"; without it the README's links are dead on npm. Add: "${field}": ${wanted[field]}`,
  );
process.exitCode = missing.length > 0 ? 1 : 0;
