// Decides whether a node's cabling matches a pattern (neighbordb.md, Matching, exactly). The one place that does:
// a recorder hears of every constraint, so that whatever explains a decision was told by it.

import type { Neighbor } from '../node-facts.js';
import type { Cabling } from './cabling.js';
import type { Constraint, InterfaceEntry } from './constraint.js';
import type { Pattern } from './pattern.js';

/**
 * Hears how each constraint fared. `slot` is its place among the pattern's constraints, from 0. Without a recorder the
 * first failure ends the decision, with one the first failure after it has heard enough.
 */
export interface Recorder {
  readonly heardEnough: boolean;
  modelDiffers(): void;
  holds(slot: number, constraint: Constraint): void;
  violated(slot: number, constraint: Constraint, interfaceName: string, neighbor: Neighbor): void;
  satisfied(slot: number, constraint: Constraint, position: number): void;
  leftOpen(slot: number, constraint: Constraint): void;
}

/** The facts of a node that a pattern is held against. */
export interface NodeUnderTest {
  readonly model: string | null;
  readonly cabling: Cabling;
}

/** A positive constraint about one interface that would satisfy it. */
interface Hopeful {
  readonly entry: InterfaceEntry;
  readonly slot: number;
  readonly name: string;
  readonly position: number;
}

/** Equal positive constraints about any interface: the first one open is always the next to be satisfied. */
interface Queue {
  readonly entries: InterfaceEntry[];
  /** The next interface that satisfies them; -1 if there is none. */
  next: number;
}

/** True if the node matches. A result that was not known in time makes it false. */
export function decide(pattern: Pattern, node: NodeUnderTest, recorder: Recorder | null): boolean {
  const { cabling } = node;
  const { evaluation } = cabling;
  const unknownBefore = evaluation.unknowns;
  let matches = true;
  if (pattern.model !== null && (node.model === null || !evaluation.passes(pattern.model, node.model))) {
    recorder?.modelDiffers();
    if (endsHere(recorder)) return false;
    matches = false;
  }
  if (recorder === null && !pattern.entries.every((entry) => couldBeSatisfied(entry, cabling))) return false;
  if (!new Assignment(cabling, recorder).run(pattern)) {
    if (endsHere(recorder)) return false;
    matches = false;
  }
  for (const entry of pattern.entries) {
    if (!entry.negative || checkNegative(entry, cabling, recorder)) continue;
    if (endsHere(recorder)) return false;
    matches = false;
  }
  return matches && evaluation.unknowns === unknownBefore;
}

/**
 * False if it is certain without running many expressions that a constraint of the entry can not be satisfied: spares
 * most patterns the rest.
 */
function couldBeSatisfied({ negative, interfaces, peer }: InterfaceEntry, cabling: Cabling): boolean {
  if (negative) return true;
  if (interfaces === null) {
    const literal = peer.device?.kind === 'exact' || peer.port?.kind === 'exact';
    return !literal || cabling.findInterface(peer, 0) !== -1;
  }
  return interfaces.every((name) => {
    const position = cabling.positionOf(name);
    return position !== undefined && cabling.findNeighbor(peer, position) !== null;
  });
}

function endsHere(recorder: Recorder | null): boolean {
  return recorder === null || recorder.heardEnough;
}

function checkNegative(entry: InterfaceEntry, cabling: Cabling, recorder: Recorder | null): boolean {
  let allHold = true;
  const names = entry.interfaces ?? [null];
  for (const [index, name] of names.entries()) {
    const constraint = { entry, interface: name };
    const position = name === null ? cabling.findInterface(entry.peer, 0) : (cabling.positionOf(name) ?? -1);
    const neighbor = position === -1 ? null : cabling.findNeighbor(entry.peer, position);
    if (neighbor === null) {
      recorder?.holds(entry.offset + index, constraint);
      continue;
    }
    allHold = false;
    const there = cabling.interfaces[position]?.[0] ?? '';
    recorder?.violated(entry.offset + index, constraint, there, neighbor);
    if (endsHere(recorder)) return false;
  }
  return allHold;
}

/**
 * Gives interfaces to positive constraints: each interface, in the order reported, to the first open constraint that it
 * satisfies. Interfaces that satisfy none are never looked at, so the time depends on the pattern more than on the node.
 */
class Assignment {
  readonly #cabling: Cabling;
  readonly #recorder: Recorder | null;
  readonly #hopefuls: Hopeful[] = [];
  readonly #queues = new Map<InterfaceEntry['peer'], Queue>();
  #complete = true;

  constructor(cabling: Cabling, recorder: Recorder | null) {
    this.#cabling = cabling;
    this.#recorder = recorder;
  }

  /** True if no positive constraint is left open. */
  run(pattern: Pattern): boolean {
    for (const entry of pattern.entries) {
      if (!entry.negative && !this.#admit(entry)) return false;
    }
    this.#hopefuls.sort((one, other) => one.position - other.position || one.slot - other.slot);
    let at = 0;
    for (;;) {
      const hopeful = this.#hopefuls[at];
      const queue = this.#firstQueue();
      const position = Math.min(hopeful?.position ?? Infinity, queue?.next ?? Infinity);
      if (position === Infinity) break;
      const queueFirst =
        queue !== null &&
        queue.next === position &&
        (hopeful?.position !== position || (queue.entries[0]?.index ?? 0) < hopeful.entry.index);
      if (queueFirst) this.#giveTo(queue, position);
      else if (hopeful !== undefined) {
        at += 1;
        this.#recorder?.satisfied(hopeful.slot, constraintOf(hopeful), position);
      }
      // The interface is used up: whatever else wanted it must look further or stay open.
      for (let rival = this.#hopefuls[at]; rival?.position === position; rival = this.#hopefuls[at]) {
        at += 1;
        if (!this.#leaveOpen(rival.slot, constraintOf(rival))) return false;
      }
      for (const other of this.#queues.values()) {
        if (other.next === position) other.next = this.#findNext(other, position + 1);
      }
    }
    for (const queue of this.#queues.values()) {
      for (const entry of queue.entries) {
        if (!this.#leaveOpen(entry.offset, { entry, interface: null })) return false;
      }
    }
    return this.#complete;
  }

  /** Takes up the constraints of an entry. False if one of them can not be satisfied and that ends the decision. */
  #admit(entry: InterfaceEntry): boolean {
    if (entry.interfaces === null) {
      const queue = this.#queues.get(entry.peer);
      if (queue !== undefined) {
        queue.entries.push(entry);
        return true;
      }
      const next = this.#cabling.findInterface(entry.peer, 0);
      this.#queues.set(entry.peer, { entries: [entry], next });
      return next !== -1 || this.#recorder !== null;
    }
    for (const [index, name] of entry.interfaces.entries()) {
      const slot = entry.offset + index;
      const position = this.#cabling.positionOf(name);
      if (position !== undefined && this.#cabling.findNeighbor(entry.peer, position) !== null) {
        this.#hopefuls.push({ entry, slot, name, position });
      } else if (!this.#leaveOpen(slot, { entry, interface: name })) return false;
    }
    return true;
  }

  /** The queue with the next interface; at the same interface the one whose constraint stands first. */
  #firstQueue(): Queue | null {
    let first: Queue | null = null;
    for (const queue of this.#queues.values()) {
      if (queue.next === -1) continue;
      const index = queue.entries[0]?.index ?? 0;
      if (
        first === null ||
        queue.next < first.next ||
        (queue.next === first.next && index < (first.entries[0]?.index ?? 0))
      ) {
        first = queue;
      }
    }
    return first;
  }

  #giveTo(queue: Queue, position: number): void {
    const entry = queue.entries.shift();
    if (entry !== undefined) this.#recorder?.satisfied(entry.offset, { entry, interface: null }, position);
  }

  #findNext(queue: Queue, from: number): number {
    const peer = queue.entries[0]?.peer;
    return peer === undefined ? -1 : this.#cabling.findInterface(peer, from);
  }

  /** False if that ends the decision. */
  #leaveOpen(slot: number, constraint: Constraint): boolean {
    this.#complete = false;
    this.#recorder?.leftOpen(slot, constraint);
    return !endsHere(this.#recorder);
  }
}

function constraintOf({ entry, name }: Hopeful): Constraint {
  return { entry, interface: name };
}
