// `npm start`: installs, builds, and serves a copy of demo/; with arguments, whatever they name (`npm start -- --conf FILE`).

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();
const ztps = path.join(root, 'bin', 'ztps');
let args = process.argv.slice(2);
if (args.length === 0) {
  const site = path.join(root, 'demo-run');
  const conf = path.join(site, 'ztpserver.conf');
  if (!existsSync(conf)) cpSync(path.join(root, 'demo'), site, { recursive: true });
  execFileSync(process.execPath, [ztps, 'init', site], { stdio: ['ignore', 'ignore', 'inherit'] });
  process.env.ZTPS_DEFAULT_DATAROOT = site;
  args = ['--conf', conf];
  const here = path.relative(process.cwd(), root);
  console.log(`
The demo site: two spines, four leaves and a border pair, in demo-run/ (a copy of demo/: edit it, or delete it to start afresh).
Once it says that it serves, boot a switch against it in a second shell (on another port, if you gave it one):

    ${path.join(here, 'bin', 'ztps')} simulate-switch --server http://localhost:8080

Then look at what became of it: demo-run/nodes/ and demo-run/resources/. Stop the server with Ctrl-C.
`);
}
process.argv = [process.execPath, ztps, ...args];
await import(ztps);
