// What standard output is: a terminal with colours and a width, or a file or pipe that gets everything plain and whole.

import picocolors from 'picocolors';

/** Colours by name; they do nothing where there are none. */
export type Colours = ReturnType<typeof picocolors.createColors>;

/** How to write to standard output. */
export interface Terminal {
  readonly colours: Colours;
  /** Columns; null if it is no terminal. */
  readonly width: number | null;
}

/** As standard output is now. */
export function describeTerminal(): Terminal {
  const { isTTY, columns } = process.stdout;
  return {
    colours: picocolors.createColors(Boolean(isTTY) && picocolors.isColorSupported),
    // A serial console may not say its width: 80 then.
    width: isTTY ? columns || 80 : null,
  };
}
