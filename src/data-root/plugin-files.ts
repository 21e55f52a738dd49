// The files of plugins/ and their versions. Looks at each when asked, keeps nothing, runs nothing.

import { constants } from 'node:fs';
import { access, type FileHandle, readdir } from 'node:fs/promises';
import type { PluginFile, PluginFiles } from '../ports/plugin-files.js';
import type { ConfinedRoot } from './confined-path.js';
import { isAbsent, readFailed } from './file-errors.js';
import { isSettled, versionOf } from './file-version.js';

const folder = 'plugins';
const headBytes = 4096;

/** What plugins may import from beside them: with a change to one of these, every plugin counts as changed. */
const programText = /\.(?:py|js|mjs|cjs|json)$/;

/** The plugins of a data root. */
export function createPluginFiles(root: ConfinedRoot): PluginFiles {
  let looks = 0;

  /** A version that no later look gives again while the file may still change within the same tick of the clock. */
  const versionAt = async (path: string, lookedAt: number): Promise<string> => {
    // What may not be looked at is nobody's concern but its own call's.
    const stats = await root.stat(path).catch(() => null);
    if (stats === null) return `${path} gone`;
    const version = `${path} ${versionOf(stats)}`;
    if (isSettled(stats, lookedAt)) return version;
    looks += 1;
    return `${version} unsettled ${looks}`;
  };

  const isFileOrUnknown = (path: string): Promise<boolean> =>
    root.stat(path).then(
      (stats) => stats?.isFile() ?? false,
      () => true,
    );

  const list = async (): Promise<readonly string[]> => {
    const real = await root.resolve(folder);
    if (real === null) return [];
    const names: string[] = [];
    for (const entry of await readEntries(real)) {
      if (entry.name.startsWith('.')) continue;
      // A link that leads out, or where nobody may look, is listed, so that whoever asks for it gets the refusal.
      const isFile = entry.isSymbolicLink()
        ? await isFileOrUnknown(`${folder}/${entry.name}`)
        : entry.isFile();
      if (isFile) names.push(entry.name);
    }
    return names.sort();
  };

  return {
    list,
    async find(name) {
      if (name === '' || name.startsWith('.') || /[/\0]/.test(name)) return null;
      const path = `${folder}/${name}`;
      const lookedAt = Date.now();
      const beside = (await list()).filter((it) => programText.test(it) && it !== name);
      const versions = await Promise.all(
        [path, ...beside.map((it) => `${folder}/${it}`)].map((it) => versionAt(it, lookedAt)),
      );
      const file = await root.open(path);
      if (file === null) return null;
      try {
        const { realPath, handle } = file;
        return {
          name,
          realPath,
          version: versions.join('\n'),
          head: await readHead(path, handle),
          executable: await access(realPath, constants.X_OK).then(
            () => true,
            () => false,
          ),
        } satisfies PluginFile;
      } finally {
        await file.handle.close();
      }
    },
  };
}

async function readEntries(real: string) {
  try {
    return await readdir(real, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw readFailed(folder, error);
  }
}

async function readHead(path: string, handle: FileHandle): Promise<Buffer> {
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw readFailed(path, error);
  }
}
