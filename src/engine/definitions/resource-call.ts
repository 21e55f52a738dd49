// Reads the text form of a resource, `plugin('argument', …)`. Knows no plugin and calls none.

/** A resource that a definition asks for. Two calls with one key are the same resource, however they are quoted. */
export interface ResourceCall {
  readonly key: string;
  readonly plugin: string;
  readonly args: readonly [string, ...string[]];
  /** The call in its plain spelling, `allocate('mgmt', 'vlan10')`: for messages. */
  readonly text: string;
}

/**
 * Reads a value that is wholly a call with one or more quoted arguments (definitions.md, Resources).
 * @returns null if the text is anything else: then it is plain text
 */
export function parseResourceCall(text: string): ResourceCall | null {
  const opening = /^([A-Za-z0-9_]+)\(/.exec(text);
  const plugin = opening?.[1];
  if (opening === null || plugin === undefined) return null;
  const args: string[] = [];
  const argument = /[ \t]*(?:'([^']*)'|"([^"]*)")[ \t]*([,)])/y;
  argument.lastIndex = opening[0].length;
  for (;;) {
    const match = argument.exec(text);
    if (match === null) return null;
    args.push(match[1] ?? match[2] ?? '');
    if (match[3] === ')') break;
  }
  const [first, ...rest] = args;
  if (first === undefined || argument.lastIndex !== text.length) return null;
  return {
    key: JSON.stringify([plugin, ...args]),
    plugin,
    args: [first, ...rest],
    text: `${plugin}(${args.map(quote).join(', ')})`,
  };
}

/** The plugin's name if the text looks as if a call was meant (`allocate(mgmt)`, a blank too many, `ipam.sh('x')`) but is none. */
export function nameOfAlmostCall(text: string): string | null {
  const match = /^\s*([A-Za-z0-9_][A-Za-z0-9_.-]*)\s*\([^()]*\)\s*$/.exec(text);
  return match?.[1] !== undefined && parseResourceCall(text) === null ? match[1] : null;
}

function quote(argument: string): string {
  return argument.includes("'") ? `"${argument}"` : `'${argument}'`;
}
