// `npm run bench -- NAME`: installs, builds and runs bench/NAME.mjs; without a name it lists what there is.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setUp } from './setup.mjs';

const names = readdirSync(path.join(root, 'bench')).flatMap((file) => /^(.+)\.mjs$/.exec(file)?.[1] ?? []);
const [name] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  console.error(`npm run bench -- NAME, where NAME is ${names.join(' or ')}`);
  process.exit(name === undefined ? 0 : 2);
}
setUp();
await import(pathToFileURL(path.join(root, 'bench', `${name}.mjs`)).href);
