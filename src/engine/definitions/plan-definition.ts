// From a definition and a node's attributes to what the switch gets (definitions.md, device-api.md GET /nodes/{id}):
// plan says which resources are needed, fill puts their values in. Takes nothing and asks nobody.

import type { JsonObject, JsonValue } from '../json-value.js';
import { nearestName } from '../nearest-name.js';
import {
  type Action,
  actionsOf,
  attributesOf,
  type Fault,
  findAttributesFaults,
  findDefinitionFaults,
  isMapping,
  ownValue,
} from './definition-shape.js';
import type { ResourceCall } from './resource-call.js';
import {
  collectCalls,
  type MappingTerm,
  measureTerms,
  type Term,
  TermBuilder,
  TermFiller,
  TermMerger,
} from './term.js';

/** What a definition is made of. */
export interface DefinitionInput {
  readonly nodeId: string;
  /** The definition file's value; null: there is none. */
  readonly definition: JsonValue;
  /** The value of the node's attributes file; null: there is none, or it is empty. */
  readonly attributes: JsonValue;
  /** Where the node's stored startup-config is fetched; null: there is none, and the whole definition is sent. */
  readonly startupConfigUrl: string | null;
}

/** A plan, or the first reason why there can be none. */
export type PlanResult = ({ readonly kind: 'invalid' } & Fault) | DefinitionPlan;

/** What has to be asked for before the definition can be sent. */
export interface DefinitionPlan {
  readonly kind: 'plan';
  /** Each resource once, in the order in which the definition on the wire names them. */
  readonly calls: readonly ResourceCall[];
  /** Sentences about likely mistakes that the switch would otherwise meet without a word. */
  readonly warnings: readonly string[];
  /**
   * The definition as the switch gets it; null if these values make it grow beyond 32 MiB.
   * @param values by the calls' keys; they are data: nothing in them is resolved again
   */
  fill(values: ReadonlyMap<string, JsonValue>): JsonObject | null;
}

/** An action's keys that hold text for people and may be references. */
export const textKeys: readonly string[] = ['name', 'description', 'onstart', 'onsuccess', 'onfailure'];

/** About as much JSON as a definition may become once references and scopes are worked in, in characters. */
const mostCharacters = 32 * 1024 * 1024;
const mostMergedEntries = 1_000_000;

/**
 * Plans the definition of one node.
 * @returns `invalid` with file, path and reason if definition or attributes do not have the shape that they must have, or
 *   would grow beyond 32 MiB
 */
export function planDefinition(input: DefinitionInput): PlanResult {
  const { startupConfigUrl } = input;
  const isOnlyStartupConfig = startupConfigUrl !== null && input.definition === null;
  const source = isOnlyStartupConfig ? {} : input.definition;
  const [fault] = [...findDefinitionFaults(source), ...findAttributesFaults(input.attributes)];
  if (fault !== undefined) return { kind: 'invalid', ...fault };
  // Both hold by the faults' absence; said once more for the compiler.
  const definition = isMapping(source) ? source : {};
  const nodeAttributes = isMapping(input.attributes) ? input.attributes : {};

  const globalAttributes = attributesOf(definition);
  const builder = new TermBuilder([nodeAttributes, globalAttributes]);
  const merger = new TermMerger(mostMergedEntries);
  const outer = merger.mergeMappings(
    builder.attributes(nodeAttributes),
    builder.attributes(globalAttributes),
    false,
  );

  const sent = actionsOf(definition).filter(
    (action) => startupConfigUrl === null || isAlwaysExecuted(action, builder),
  );
  const actions = sent.map((action) => buildAction(action, outer, builder, merger));
  if (startupConfigUrl !== null) actions.unshift(replaceConfig(startupConfigUrl));

  const keys = new Map<string, Term>();
  if (startupConfigUrl !== null) keys.set('name', { kind: 'literal', value: input.nodeId });
  for (const [key, value] of Object.entries(definition)) {
    if (value !== null || !keys.has(key)) keys.set(key, { kind: 'literal', value });
  }
  keys.set('actions', { kind: 'list', items: actions });
  if (keys.has('attributes') || input.attributes !== null) keys.set('attributes', outer);
  const wire: MappingTerm = { kind: 'mapping', entries: keys };

  if (merger.entriesMade > mostMergedEntries || measureTerms([wire]) > mostCharacters) {
    const reason = 'the definition would be over 32 MiB once scopes and references are worked in';
    return { kind: 'invalid', file: 'definition', path: [], reason };
  }
  return {
    kind: 'plan',
    calls: collectCalls([wire]),
    warnings: warnOfUnknown(builder.unknownNames, [
      ...Object.keys(nodeAttributes),
      ...Object.keys(globalAttributes),
    ]),
    fill: (values) => {
      if (measureTerms([wire], values) > mostCharacters) return null;
      const filled = new TermFiller(values).fill(wire);
      return isMapping(filled) ? filled : {};
    },
  };
}

/** Whether the action is sent along with a stored startup-config. Inside `attributes` the key counts too: old manuals show it there. */
function isAlwaysExecuted(action: Action, builder: TermBuilder): boolean {
  if (ownValue(action, 'always_execute') === true) return true;
  const term = builder.text(ownValue(attributesOf(action), 'always_execute') ?? null);
  return term.kind === 'literal' && term.value === true;
}

function buildAction(
  action: Action,
  outer: MappingTerm,
  builder: TermBuilder,
  merger: TermMerger,
): MappingTerm {
  const entries = new Map<string, Term>();
  for (const [key, value] of Object.entries(action)) {
    if (key === 'attributes') {
      entries.set(key, buildActionAttributes(attributesOf(action), outer, builder, merger));
    } else {
      entries.set(key, textKeys.includes(key) ? builder.text(value) : { kind: 'literal', value });
    }
  }
  return { kind: 'mapping', entries };
}

/** The action's own keys; a mapping among them takes in the outer scopes' mapping of that name, which the switch's client does not do. */
function buildActionAttributes(
  attributes: JsonObject,
  outer: MappingTerm,
  builder: TermBuilder,
  merger: TermMerger,
): MappingTerm {
  const entries = new Map<string, Term>();
  for (const [key, term] of builder.attributes(attributes).entries) {
    const other = outer.entries.get(key);
    entries.set(key, other === undefined ? term : merger.merge(term, other, true));
  }
  return { kind: 'mapping', entries };
}

function replaceConfig(url: string): MappingTerm {
  const action = {
    name: 'install the stored startup-config',
    action: 'replace_config',
    attributes: { url },
    always_execute: true,
  };
  const entries = Object.entries(action).map(([key, value]): [string, Term] => [
    key,
    { kind: 'literal', value },
  ]);
  return { kind: 'mapping', entries: new Map(entries) };
}

function warnOfUnknown(unknown: Iterable<string>, known: readonly string[]): readonly string[] {
  return Array.from(unknown, (name, index) => {
    // Past a hundred one mistake repeats itself, and comparing names takes its time.
    const nearest = index < 100 ? nearestName(name, known) : null;
    const mend = nearest === null ? '' : `; is $${nearest} meant?`;
    return `$${name} is an attribute of neither the node nor the definition, null is sent in its place${mend}`;
  });
}
