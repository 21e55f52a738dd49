// `$name`, `${name}` and `$$` in a template, as the bootstrap client's Node.substitute puts variables in (actions.md). Pure.

import type { JsonObject } from '../json-value.js';
import { printAsPython } from './print-as-python.js';

/** The text, or why there is none: a clause that begins with the line. */
export type Substituted =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

const placeholder = /\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})?/g;

/**
 * Puts variables into a template.
 * @param strict a name without a value, and a `$` that begins none, are reasons; else both stay as they are
 */
export function substitute(template: string, variables: JsonObject, strict: boolean): Substituted {
  let reason: string | null = null;
  const text = template.replace(
    placeholder,
    (whole: string, dollar?: string, bare?: string, braced?: string, at?: number) => {
      if (dollar !== undefined) return '$';
      const name = bare ?? braced;
      const value = name !== undefined && Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (value !== undefined) return printAsPython(value);
      if (strict && reason === null) {
        const line = template.slice(0, at).split('\n').length;
        reason =
          name === undefined
            ? `line ${line}: a $ that begins no name (write $$ for a plain $)`
            : `line ${line}: no value for '${name}'`;
      }
      return whole;
    },
  );
  return reason === null ? { ok: true, text } : { ok: false, reason };
}
