// Explicit tags: which ones a file may use. Those of YAML itself, as PyYAML's safe loader has them.

import type { DocumentDirective } from 'js-yaml';
import { YamlError } from './yaml-error.js';

const ours = 'tag:yaml.org,2002:';

const known = {
  scalar: ['!!str', '!!null', '!!bool', '!!int', '!!float', '!!timestamp', '!!binary', '!!merge'],
  sequence: ['!!seq', '!!omap', '!!pairs'],
  mapping: ['!!map', '!!set'],
};
const all = new Set(Object.values(known).flat());

/** The tags of one document, `%TAG` lines regarded. */
export class TagNames {
  readonly #prefixes = new Map([
    ['!', '!'],
    ['!!', ours],
  ]);

  constructor(directives: readonly DocumentDirective[]) {
    for (const it of directives) if (it.kind === 'tag') this.#prefixes.set(it.handle, it.prefix);
  }

  /**
   * A tag as it is usually written: `!!str`, or `!` alone.
   * @throws YamlError if it is none of YAML's own
   */
  short(typed: string, line: number): string {
    if (typed === '!') return typed;
    const full = this.#full(typed);
    const short = full.startsWith(ours) ? `!!${full.slice(ours.length)}` : full;
    if (all.has(short)) return short;
    throw new YamlError(
      line,
      `the tag ${typed} is unknown here: leave it out, or use one of ${[...all].join(' ')}`,
    );
  }

  /** @throws YamlError if a tag stands before something else than it is for */
  check(kind: 'sequence' | 'mapping', tag: string, line: number): void {
    if (tag === '!' || known[kind].includes(tag)) return;
    throw new YamlError(line, `the tag ${tag} stands before a ${kind === 'mapping' ? 'mapping' : 'list'}`);
  }

  #full(typed: string): string {
    if (typed.startsWith('!<')) return decoded(typed.slice(2, -1));
    const end = typed.indexOf('!', 1);
    const handle = end === -1 ? '!' : typed.slice(0, end + 1);
    return decoded((this.#prefixes.get(handle) ?? handle) + typed.slice(handle.length));
  }
}

function decoded(tag: string): string {
  try {
    return decodeURIComponent(tag);
  } catch {
    return tag;
  }
}
