// The shape that a definition and a node's attributes must have. Resolves nothing.

import type { JsonObject, JsonValue } from '../json-value.js';

/** Where in a document something stands: keys of mappings, 0-based places in lists. */
export type DocumentPath = readonly (string | number)[];

/** A reason why a document cannot be used. */
export interface Fault {
  readonly file: 'definition' | 'attributes';
  readonly path: DocumentPath;
  /** One sentence: what was found, what was wanted. */
  readonly reason: string;
}

/** One action of a definition, keys as the author wrote them. */
export type Action = JsonObject;

/**
 * Deeper documents are refused: nobody writes them, and the switch's JSON parser gives up at about a thousand levels,
 * of which a reference can use this number twice.
 */
export const deepestNesting = 200;

/** True for a mapping; null and lists are none. */
export function isMapping(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value under a key of the mapping's own; undefined if it has no such key (`__proto__` and `constructor` included). */
export function ownValue(mapping: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

/** Every fault of a definition's shape, in file order; empty if it can be used. */
export function findDefinitionFaults(definition: JsonValue): readonly Fault[] {
  const faults: Fault[] = [];
  const report = (path: DocumentPath, reason: string) => faults.push({ file: 'definition', path, reason });
  if (definition === null) {
    report([], 'the definition is empty, it must be a mapping with `actions`');
  } else if (!isMapping(definition)) {
    report([], `the definition is ${describe(definition)}, it must be a mapping with \`actions\``);
  } else if (isTooDeep(definition)) {
    report([], `the definition is nested deeper than ${deepestNesting} levels`);
  } else {
    const attributes = ownValue(definition, 'attributes') ?? null;
    const actions = ownValue(definition, 'actions') ?? null;
    if (actions !== null && !isList(actions)) {
      report(['actions'], `\`actions\` is ${describe(actions)}, it must be a list of actions`);
    } else {
      for (const [index, action] of (actions ?? []).entries()) findActionFaults(action, index, report);
    }
    if (attributes !== null && !isMapping(attributes)) {
      report(['attributes'], `the global \`attributes\` are ${describe(attributes)}, they must be a mapping`);
    }
  }
  return faults;
}

/** Every fault of a node's attributes; null, an empty or missing file, is fine. */
export function findAttributesFaults(attributes: JsonValue): readonly Fault[] {
  if (attributes === null) return [];
  if (!isMapping(attributes)) {
    const reason = `the node's attributes are ${describe(attributes)}, they must be a mapping`;
    return [{ file: 'attributes', path: [], reason }];
  }
  if (isTooDeep(attributes)) {
    const reason = `the node's attributes are nested deeper than ${deepestNesting} levels`;
    return [{ file: 'attributes', path: [], reason }];
  }
  return [];
}

/** The actions of a definition without faults. */
export function actionsOf(definition: JsonObject): readonly Action[] {
  const actions = ownValue(definition, 'actions') ?? null;
  return isList(actions) ? actions.filter(isMapping) : [];
}

/** The mapping under `attributes`, empty for null and for none. */
export function attributesOf(holder: JsonObject): JsonObject {
  const attributes = ownValue(holder, 'attributes');
  return isMapping(attributes) ? attributes : {};
}

/** How messages call an action: its place, counted from 1, and what it says of itself. */
export function titleOfAction(action: JsonValue, index: number): string {
  const title = isMapping(action) ? (ownValue(action, 'name') ?? ownValue(action, 'action')) : undefined;
  return typeof title === 'string' ? `action ${index + 1} (${title})` : `action ${index + 1}`;
}

function findActionFaults(
  action: JsonValue,
  index: number,
  report: (path: DocumentPath, reason: string) => void,
): void {
  const title = titleOfAction(action, index);
  if (!isMapping(action)) {
    report(
      ['actions', index],
      `${title} is ${describe(action)}, it must be a mapping with the key \`action\``,
    );
    return;
  }
  const file = ownValue(action, 'action') ?? null;
  if (file === null || file === '') {
    report(['actions', index], `${title} has no \`action\`: it must name a file in actions/`);
  } else if (typeof file !== 'string') {
    const mend = typeof file === 'object' ? '' : ` (for the name ${file} write it in quotes)`;
    report(
      ['actions', index, 'action'],
      `\`action\` of ${title} is ${describe(file)}, it must be text${mend}`,
    );
  }
  const attributes = ownValue(action, 'attributes') ?? null;
  if (attributes !== null && !isMapping(attributes)) {
    const reason = `the \`attributes\` of ${title} are ${describe(attributes)}, they must be a mapping`;
    report(['actions', index, 'attributes'], reason);
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function describe(value: JsonValue): string {
  if (value === null) return 'empty';
  if (isList(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a text';
    case 'number':
      return 'a number';
    case 'boolean':
      return `the boolean ${value}`;
    default:
      return 'a mapping';
  }
}

/** Visits every part once, however often aliases repeat it. */
function isTooDeep(value: JsonValue): boolean {
  const heights = new Map<object, number>();
  const heightOf = (part: JsonValue, depth: number): number => {
    if (typeof part !== 'object' || part === null) return 0;
    if (depth > deepestNesting) return Number.POSITIVE_INFINITY;
    const known = heights.get(part);
    if (known !== undefined) return known;
    let height = 0;
    for (const child of isList(part) ? part : Object.values(part)) {
      height = Math.max(height, heightOf(child, depth + 1));
      if (height > deepestNesting) return Number.POSITIVE_INFINITY;
    }
    heights.set(part, height + 1);
    return height + 1;
  };
  return heightOf(value, 1) > deepestNesting;
}
