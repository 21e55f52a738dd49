// How a node stands to one pattern, as plain data with its words: for --json and for pages.

import type { Neighbor, NodeFacts } from '../engine/node-facts.js';
import {
  describeConstraint,
  describeRemedy,
  describeVerdict,
  writeConstraint,
} from '../engine/topology/explain-words.js';
import type { ConstraintVerdict, PatternVerdict } from '../engine/topology/verdict.js';

/** One constraint and what became of it. */
export interface ConstraintExplanation {
  /** As its entry was typed, for its own interface: `Ethernet49: $spine:any`. */
  readonly constraint: string;
  readonly line: number;
  /** `holds` and `violated` are negative constraints', `satisfied` and `left-open` positive ones'. */
  readonly outcome: 'holds' | 'satisfied' | 'violated' | 'left-open';
  /** The interface that satisfied or violated it, and what that is connected to; null for the others. */
  readonly interface: string | null;
  readonly neighbor: Neighbor | null;
  /** The outcome as a clause. */
  readonly words: string;
}

/** One pattern and how the node stands to it. */
export interface PatternExplanation {
  readonly name: string | null;
  /** Where it begins. */
  readonly line: number;
  readonly matches: boolean;
  /** Paths in the data root; null in a node's own pattern. */
  readonly definition: string | null;
  readonly configHandler: string | null;
  /** The node id that it is for. */
  readonly node: string | null;
  /** Null if it names no model. */
  readonly model: {
    readonly wanted: string;
    readonly reported: string | null;
    readonly matches: boolean;
  } | null;
  /** In the order of the pattern, one for each interface of an entry. */
  readonly constraints: readonly ConstraintExplanation[];
  /** Those that its constraints use, as typed. */
  readonly variables: readonly { readonly name: string; readonly value: string }[];
  /** The one thing that would make it match, as a clause. */
  readonly remedy: string | null;
  /** All of it in words, line by line. */
  readonly lines: readonly string[];
}

/** Puts a verdict into words. */
export function explainPattern(facts: NodeFacts, verdict: PatternVerdict): PatternExplanation {
  const { pattern, remedy } = verdict;
  const { name, line, definition, configHandler, node, model, variables } = pattern;
  return {
    name,
    line,
    matches: verdict.matched,
    definition,
    configHandler,
    node,
    model: model && {
      wanted: model.text,
      reported: facts.model,
      matches: verdict.modelMatches === true,
    },
    constraints: verdict.constraints.map((it) => explainConstraint(facts, it)),
    variables: variables.map(([name, value]) => ({ name, value })),
    remedy: remedy && describeRemedy(remedy),
    lines: describeVerdict(facts, verdict),
  };
}

function explainConstraint(facts: NodeFacts, verdict: ConstraintVerdict): ConstraintExplanation {
  const { constraint, outcome } = verdict;
  const isSettled = outcome.kind === 'satisfied' || outcome.kind === 'violated';
  return {
    constraint: writeConstraint(constraint),
    line: constraint.entry.line,
    outcome: outcome.kind,
    interface: isSettled ? outcome.interface : null,
    neighbor: isSettled ? outcome.neighbor : null,
    words: describeConstraint(facts, verdict),
  };
}
