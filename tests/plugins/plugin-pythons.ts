// The Pythons that tests of Python plugins run on: the oldest of this machine from 3.6 on and the newest, all with
// ZTPS_TEST_PYTHONS=all.

import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { findPythons } from '../client/pythons.js';
import { makeFolder } from '../data-root/temporary-folder.js';

const everything = process.env.ZTPS_TEST_PYTHONS === 'all';
const all = findPythons().all.filter(({ version }) => version.startsWith('3.'));
/** Their commands and versions. */
export const chosen = everything
  ? all
  : [...new Set([all[0], all.at(-1)])].filter((python) => python !== undefined);

/** A PATH on which `python3` is this interpreter. */
export function pathTo(command: string): NodeJS.ProcessEnv {
  if (command === 'python3') return { PATH: process.env.PATH };
  const folder = makeFolder({ python3: `#!/bin/sh\nexec ${command} "$@"\n` });
  chmodSync(join(folder, 'python3'), 0o755);
  return { PATH: `${folder}:${process.env.PATH}` };
}
