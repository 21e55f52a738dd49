// Options that take one or several of a few names.

import { InvalidArgumentError } from 'commander';
import { nearestName } from '../engine/nearest-name.js';

/** One of the names, in any case. Throws what commander makes an exit status 2 of. */
export function parseName<const T extends string>(text: string, names: readonly T[]): T {
  const typed = text.trim().toLowerCase();
  const name = names.find((one) => one === typed);
  if (name !== undefined) return name;
  const near = nearestName(typed, names);
  throw new InvalidArgumentError(
    `${near === null ? '' : `Did you mean ${near}? `}There are ${names.join(', ')}.`,
  );
}

/** Several of them, commas between. */
export function parseNames<const T extends string>(text: string, names: readonly T[]): readonly T[] {
  return text.split(',').map((part) => parseName(part, names));
}
