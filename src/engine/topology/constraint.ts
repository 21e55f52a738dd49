// What one entry of `interfaces` asks of a node (neighbordb.md, What a constraint means). Data and the table; matches nothing.

import type { NameTest, PeerName } from './name-test.js';
import { type Parsed, parsed, refused } from './parsed.js';

/** A neighbour as wanted: null stands for any. Equal peers of one compilation are one object. */
export interface Peer {
  readonly device: NameTest | null;
  readonly port: NameTest | null;
}

/** Where a constraint looks: the interfaces listed, or `any`, or `none`. */
export type LocalInterface = 'any' | 'none' | readonly string[];

/** What a constraint asks, `peer` being what satisfies it or, if it is negative, what violates it. */
export interface Demand {
  readonly negative: boolean;
  /** One constraint for each of these interfaces; null for one constraint about all of the node's interfaces. */
  readonly interfaces: readonly string[] | null;
  readonly device: NameTest | null;
  readonly port: NameTest | null;
}

/** An entry of `interfaces`: one constraint for each interface that it lists. */
export interface InterfaceEntry extends Omit<Demand, 'device' | 'port'> {
  readonly peer: Peer;
  /** Where it stands among the pattern's entries, from 0. */
  readonly index: number;
  /** How many constraints the entries before it stand for. */
  readonly offset: number;
  readonly line: number;
  /** As typed. */
  readonly local: string;
  /** As typed: a text, or the two keys of a mapping. */
  readonly written: string | { readonly device: string; readonly port: string | null };
}

/** One constraint: an entry, and which of its interfaces is meant (null for all of the node's). */
export interface Constraint {
  readonly entry: InterfaceEntry;
  readonly interface: string | null;
}

const senseless =
  'says nothing that could be checked; write `none: none:none` if the node must have no neighbours at all';

/** The table of neighbordb.md. */
export function readDemand(local: LocalInterface, device: PeerName, port: PeerName): Parsed<Demand> {
  const interfaces = typeof local === 'string' ? null : local;
  const demand = (negative: boolean) =>
    parsed({
      negative,
      interfaces,
      device: device.kind === 'test' ? device.test : null,
      port: port.kind === 'test' ? port.test : null,
    });
  const spelled = `${interfaces === null ? local : 'INTERFACE'}:${spell(device, 'DEVICE')}:${spell(port, 'PORT')}`;
  if (local === 'any') {
    if (device.kind === 'none' || (device.kind === 'any' && port.kind === 'none')) {
      return refused(`${spelled} ${senseless}`);
    }
    return demand(port.kind === 'none');
  }
  if (local === 'none') {
    const nothingAtAll = device.kind === 'none' && port.kind === 'none';
    const nothingNamed = device.kind === 'any' ? port.kind !== 'test' : device.kind === 'none';
    return nothingNamed && !nothingAtAll ? refused(`${spelled} ${senseless}`) : demand(true);
  }
  return demand(device.kind === 'none' || port.kind === 'none');
}

function spell(name: PeerName, placeholder: string): string {
  return name.kind === 'test' ? placeholder : name.kind;
}
