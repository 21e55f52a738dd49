// Reads and writes a simulated switch's flash from outside. What runs on the switch may have made links: none is
// ever followed, so that nothing outside of the folder is touched.
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'; // prettier-ignore
import { dirname, join, posix } from 'node:path';

/** Room that a file system in memory takes and gives by. */
const PAGE = 4096;

/** A flash is to be smaller than what is on it; the message says how large it has to be. */
export class FlashTooSmall extends Error {
  override name = 'FlashTooSmall';

  /** @param size and needed in bytes */
  constructor(size: number, needed: number) {
    super(
      `a flash of ${size} bytes is too small: what is on it at the start takes ${needed} bytes. ` +
        `Give it at least ${needed / 1024}K, and more for what the client is to store`,
    );
  }
}

/** `/mnt/flash` of a simulated switch, seen from this machine. */
export class FlashFolder {
  /** @param path asked at each use: where the folder is may change with the switch's power */
  constructor(private readonly path: () => string) {}

  /** Content of a file, or undefined if there is no such plain file. */
  read(name: string): Buffer | undefined {
    if (!this.has(name)) return undefined;
    return this.#with(name, constants.O_RDONLY, (file) => readFileSync(file));
  }

  /** Content of a file as text. */
  readText(name: string): string | undefined {
    return this.read(name)?.toString('utf8');
  }

  /** Writes a file whole; its folder must be there. */
  write(name: string, content: string | Buffer): void {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
    this.#with(name, flags, (file) => writeFileSync(file, content));
  }

  /** Removes a file; one that is not there is no error. */
  remove(name: string): void {
    rmSync(this.#resolve(name), { force: true });
  }

  /** Whether there is a plain file of this name. */
  has(name: string): boolean {
    return this.#stat(this.#resolve(name))?.isFile() ?? false;
  }

  /** @throws FlashTooSmall if this many bytes of flash have no room for the files that are there */
  mustFit(size: number): void {
    let needed = 0;
    for (const entry of readdirSync(this.path(), { recursive: true, withFileTypes: true })) {
      const { size: length = 0 } = this.#stat(join(entry.parentPath, entry.name)) ?? {};
      if (entry.isFile()) needed += Math.ceil(length / PAGE) * PAGE;
    }
    if (Math.ceil(size / PAGE) * PAGE < needed || size === 0) throw new FlashTooSmall(size, needed);
  }

  #with<T>(name: string, flags: number, use: (file: number) => T): T {
    const file = openSync(this.#resolve(name), flags | constants.O_NOFOLLOW, 0o644);
    try {
      return use(file);
    } finally {
      closeSync(file);
    }
  }

  /** @throws Error if a folder on the way is a link or no folder */
  #resolve(name: string): string {
    const inside = posix.join('/', name);
    for (let folder = dirname(inside); folder !== '/'; folder = dirname(folder)) {
      if (this.#stat(join(this.path(), folder))?.isSymbolicLink())
        throw new Error(`${folder} on flash is a link`);
    }
    return join(this.path(), inside);
  }

  #stat(path: string): Stats | undefined {
    return lstatSync(path, { throwIfNoEntry: false });
  }
}
