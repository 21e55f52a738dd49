// The words for a match, a miss and their reasons: the only ones that log, answer, command line and page use.
// Reads verdicts and decides nothing.

import type { Neighbor, NodeFacts } from '../node-facts.js';
import type { Constraint, Peer } from './constraint.js';
import type { GaveUp } from './evaluation.js';
import { writeInterfaceRange } from './interface-range.js';
import type { MatchResult } from './match.js';
import { namePattern, type Pattern } from './pattern.js';
import type { Remedy } from './remedy.js';
import { showText } from './show-text.js';
import type { ConstraintVerdict, Outcome, PatternVerdict } from './verdict.js';

type NoMatch = Extract<MatchResult, { readonly kind: 'no-match' }>;

/** One line holds so many reasons. */
const mostReasons = 3;

const tooMuch = 'the node reports so much that comparing it was given up';

/** Why no pattern matched, in one line: the nearest miss, what it wanted and what there is. */
export function explainNoMatch(id: string, facts: NodeFacts, result: NoMatch): string {
  const [nearest] = result.nearest;
  if (nearest === undefined && result.gaveUp.exhausted) return `no pattern matched: ${tooMuch}`;
  if (nearest === undefined) {
    return 'no pattern matched: the neighbordb has no pattern that this node could be tried against';
  }
  const reasons = summarize(facts, nearest);
  const pattern = locatePattern(nearest.pattern);
  if (result.named) {
    return `${pattern} names node ${showText(id)}, so nothing else was tried, and it does not match: ${reasons}`;
  }
  return `no pattern matched${noNeighbors(facts)}; nearest miss: ${pattern}: ${reasons}`;
}

/** Why a node does not match one pattern, in one line. */
export function explainVerdict(facts: NodeFacts, verdict: PatternVerdict): string {
  const pattern = locatePattern(verdict.pattern);
  if (verdict.matched) return `${pattern} matches`;
  return `${pattern} does not match${noNeighbors(facts)}: ${summarize(facts, verdict)}`;
}

/** The whole story of a match, line by line: what matched, or every near miss, nearest first. */
export function describeMatch(id: string, facts: NodeFacts, result: MatchResult): readonly string[] {
  if (result.kind === 'match') return describeVerdict(facts, result.verdict);
  const { nearest, tried } = result;
  const [first] = nearest;
  if (first === undefined) return [`${explainNoMatch(id, facts, result)}.`];
  const count = tried > nearest.length ? `the ${nearest.length} nearest misses` : 'the nearest miss first';
  const opening = result.named
    ? `${locatePattern(first.pattern)} names node ${showText(id)}, so nothing else was tried:`
    : `no pattern matched${noNeighbors(facts)}; ${tried} ${tried === 1 ? 'was' : 'were'} tried, ${count}:`;
  return [opening, ...nearest.flatMap((it) => describeVerdict(facts, it))];
}

/** How a node stands to one pattern: a line for the whole, for the model, for each constraint, and for what would help. */
export function describeVerdict(facts: NodeFacts, verdict: PatternVerdict): readonly string[] {
  const { pattern, constraints, remedy } = verdict;
  const failed = constraints.filter(({ outcome }) => isMiss(outcome)).length;
  const ending = verdict.matched
    ? 'matches'
    : `does not match: ${failed} of ${constraints.length} constraints ${failed === 1 ? 'fails' : 'fail'}`;
  const lines = [`${locatePattern(pattern)} ${ending}.`];
  if (verdict.modelMatches === true) {
    lines.push(`  model ${showText(pattern.model?.text ?? '')}: ${showText(facts.model ?? '')} is one.`);
  } else if (verdict.modelMatches === false) {
    lines.push(`  model ${showText(pattern.model?.text ?? '')}: no match, ${modelMiss(facts, pattern)}.`);
  }
  for (const { constraint, outcome } of constraints) {
    lines.push(`  ${locate(constraint)}: ${describeOutcome(facts, constraint, outcome)}.`);
  }
  for (const reason of listGivenUp(verdict)) lines.push(`  ${reason}.`);
  if (remedy !== null) lines.push(`  ${capitalize(describeRemedy(remedy))}.`);
  return lines;
}

/** What a node gets by a pattern that matches, line by line, and the variables that the pattern looked up. */
export function describeGrant({ node, definition, configHandler, variables }: Pattern): readonly string[] {
  const lines = variables.map(([name, value]) => `  variable ${showText(name)}: ${showText(value)}.`);
  if (node !== null) lines.unshift('  It names the node, so no other pattern is tried.');
  if (definition !== null) lines.push(`  definition: ${showText(definition)}.`);
  if (configHandler !== null) lines.push(`  config-handler: ${showText(configHandler)}.`);
  return lines;
}

/** What became of one constraint, as a clause: `satisfied by Ethernet49, connected to spine1:Ethernet1`. */
export function describeConstraint(facts: NodeFacts, { constraint, outcome }: ConstraintVerdict): string {
  return describeOutcome(facts, constraint, outcome);
}

/** A constraint as its entry was typed, for its own interface: `Ethernet49: $spine:any`. */
export function writeConstraint({ entry, interface: name }: Constraint): string {
  const { written } = entry;
  const peer = typeof written === 'string' ? written : `${written.device}:${written.port ?? 'any'}`;
  return `${name ?? entry.local}: ${peer}`;
}

/** What the log says of what was given up: a mistake in an expression, or a hostile switch. Empty if nothing was. */
export function describeGaveUp({ timedOut, exhausted }: GaveUp): readonly string[] {
  const lines = timedOut.map(
    ({ test, text }) => `${showText(test.text)} took too long on ${showText(text)}, which counts as no match`,
  );
  return exhausted ? [...lines, tooMuch] : lines;
}

/** Never empty for a pattern that needed what was given up. */
function listGivenUp({ gaveUp }: PatternVerdict): readonly string[] {
  if (gaveUp === null) return [];
  const lines = describeGaveUp(gaveUp);
  return lines.length > 0 ? lines : ['some of its expressions took too long, which counts as no match'];
}

function summarize(facts: NodeFacts, verdict: PatternVerdict): string {
  const reasons = listMisses(facts, verdict);
  const more = reasons.length - mostReasons;
  const parts = reasons.slice(0, mostReasons);
  if (more > 0) parts.push(`and ${more} more`);
  if (verdict.remedy !== null) parts.push(describeRemedy(verdict.remedy));
  return parts.join('; ');
}

function listMisses(facts: NodeFacts, verdict: PatternVerdict): string[] {
  const misses: string[] = [];
  if (verdict.modelMatches === false) misses.push(modelMiss(facts, verdict.pattern));
  for (const group of groupMisses(facts, verdict.constraints)) {
    const [first] = group;
    if (first === undefined) continue;
    const { constraint, outcome } = first;
    misses.push(
      group.length === 1
        ? describeMiss(facts, constraint, outcome)
        : `${rangeOf(group)} have no neighbour, wanted ${showPeer(constraint.entry.peer)} on each`,
    );
  }
  misses.push(...listGivenUp(verdict));
  return misses;
}

/** The misses; interfaces of one entry that are all unconnected are one. */
function groupMisses(facts: NodeFacts, constraints: readonly ConstraintVerdict[]): ConstraintVerdict[][] {
  const groups: ConstraintVerdict[][] = [];
  for (const verdict of constraints.filter(({ outcome }) => isMiss(outcome))) {
    const [last] = groups.at(-1) ?? [];
    const joins =
      last?.constraint.entry === verdict.constraint.entry &&
      isUnconnected(facts, last) &&
      isUnconnected(facts, verdict);
    if (joins) groups.at(-1)?.push(verdict);
    else groups.push([verdict]);
  }
  return groups;
}

function isUnconnected(facts: NodeFacts, { constraint, outcome }: ConstraintVerdict): boolean {
  if (constraint.interface === null || outcome.kind !== 'left-open') return false;
  return (facts.neighbors.get(constraint.interface) ?? []).length === 0;
}

function isMiss(outcome: Outcome): boolean {
  return outcome.kind === 'violated' || outcome.kind === 'left-open';
}

function describeOutcome(facts: NodeFacts, constraint: Constraint, outcome: Outcome): string {
  switch (outcome.kind) {
    case 'holds':
      return 'holds';
    case 'satisfied':
      return `satisfied by ${showText(outcome.interface)}, connected to ${showNeighbor(outcome.neighbor)}`;
    case 'violated':
      return `violated, ${describeMiss(facts, constraint, outcome)}`;
    case 'left-open':
      return `left open, ${describeMiss(facts, constraint, outcome)}`;
  }
}

function describeMiss(facts: NodeFacts, constraint: Constraint, outcome: Outcome): string {
  if (outcome.kind === 'violated') {
    const there = `${showText(outcome.interface)} is connected to ${showNeighbor(outcome.neighbor)}`;
    return `${there}, ${describeForbidden(constraint)}`;
  }
  if (outcome.kind !== 'left-open') return '';
  const { interface: name, entry } = constraint;
  const wanted = showPeer(entry.peer);
  const { rival } = outcome;
  if (rival !== null) {
    const taken = `${showText(rival.interface)}, which would do, is used up by ${locate(rival.constraint)}`;
    return name === null ? `no interface is left for ${wanted}: ${taken}` : taken;
  }
  if (name === null) {
    const none = entry.peer.device === null && entry.peer.port === null;
    return none ? 'no interface has a neighbour' : `no interface is connected to ${wanted}`;
  }
  const neighbors = facts.neighbors.get(name) ?? [];
  const [first] = neighbors;
  if (first === undefined) return `${name} has no neighbour, wanted ${wanted}`;
  const others = neighbors.length > 1 ? ` (and ${neighbors.length - 1} more)` : '';
  return `${name} is connected to ${showNeighbor(first)}${others}, wanted ${wanted}`;
}

function describeForbidden({ entry, interface: name }: Constraint): string {
  const everything = entry.peer.device === null && entry.peer.port === null;
  if (everything) return name === null ? 'wanted no neighbours at all' : 'wanted no neighbour there';
  const peer = showPeer(entry.peer);
  return name === null ? `wanted no interface connected to ${peer}` : `wanted anything but ${peer}`;
}

/** What would make the pattern match, as a clause. */
export function describeRemedy(remedy: Remedy): string {
  if (remedy.kind === 'swap') {
    const [one, other] = remedy.interfaces;
    return `swap the cables of ${showText(one)} and ${showText(other)} and it matches`;
  }
  if (remedy.kind === 'move') {
    return `move the cable of ${showText(remedy.from)} to ${showText(remedy.to)} and it matches`;
  }
  const pairs = remedy.pairs
    .slice(0, mostReasons)
    .map((it) => `${showText(it.interface)} for ${locate(it.constraint)}`);
  if (remedy.pairs.length > mostReasons) pairs.push('and so on');
  return (
    `a better assignment exists (${pairs.join(', ')}), but an interface counts for the first constraint that it satisfies: ` +
    'put special constraints before general ones'
  );
}

function modelMiss(facts: NodeFacts, { model }: Pattern): string {
  const reported =
    facts.model === null ? 'the node reports no model' : `the model is ${showText(facts.model)}`;
  return `${reported}, wanted ${showText(model?.text ?? '')}`;
}

function noNeighbors(facts: NodeFacts): string {
  for (const neighbors of facts.neighbors.values()) if (neighbors.length > 0) return '';
  return ' (the node reports no neighbours)';
}

/** `pattern leaf (line 12)`. */
function locatePattern(pattern: Pattern): string {
  return `${namePattern(pattern.name)} (line ${pattern.line})`;
}

/** `Ethernet49: spine1 (line 15)`: the constraint about that interface, as its entry was typed. */
function locate({ entry, interface: name }: Constraint): string {
  const { written } = entry;
  const peer = typeof written === 'string' ? written : `${written.device}:${written.port ?? 'any'}`;
  return `"${name ?? showText(entry.local)}: ${plainly(peer)}" (line ${entry.line})`;
}

/** Within quotes already. */
function plainly(text: string): string {
  return showText(text).replace(/^"|"$/g, '');
}

function showPeer({ device, port }: Peer): string {
  if (device === null && port === null) return 'any neighbour';
  if (device === null) return `port ${showText(port?.text ?? '')} of any device`;
  return port === null ? showText(device.text) : `${showText(device.text)}:${showText(port.text)}`;
}

function showNeighbor({ device, port }: Neighbor): string {
  return `${showText(device)}:${showText(port)}`;
}

function rangeOf(group: readonly ConstraintVerdict[]): string {
  return writeInterfaceRange(group.flatMap(({ constraint }) => constraint.interface ?? []));
}

function capitalize(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
