// Compiles the entries of a pattern's `interfaces`, keeping what equal texts share. Matches nothing.

import type { SourceEntry, SourceNode, SourceScalar } from '../source-node.js';
import {
  type Demand,
  type InterfaceEntry,
  type LocalInterface,
  type Peer,
  readDemand,
} from './constraint.js';
import type { Findings } from './findings.js';
import { expandInterfaceRange } from './interface-range.js';
import { isNull, nameKind, offerNearest, readKeys } from './mapping-keys.js';
import { doubtLiteral, type NameTest, NameTests, type PeerName, splitPeer } from './name-test.js';
import { type Parsed, parsed, refused } from './parsed.js';
import { showText } from './show-text.js';
import { findVariable, type VariableTable } from './variables.js';

/** What the entries of one pattern are read with. */
export interface EntryScope {
  /** `pattern leaf`: begins every message. */
  readonly owner: string;
  /** The pattern's own, then the neighbordb's. */
  readonly tables: readonly VariableTable[];
  /** Variables used so far → their values as typed. */
  readonly used: Map<string, string>;
  readonly findings: Findings;
}

interface Written {
  readonly device: string;
  readonly port: string | null;
  readonly written: InterfaceEntry['written'];
}

const anyName: PeerName = { kind: 'any' };

/** Compiles entries; equal ranges, tests and peers of one file become the same object. */
export class EntryCompiler {
  readonly tests = new NameTests();
  readonly #ranges = new Map<string, Parsed<LocalInterface>>();
  readonly #peers = new Map<NameTest | null, Map<NameTest | null, Peer>>();

  /** One `INTERFACE: PEER`. Null, and an error found, if it is not valid. */
  compile(entry: SourceEntry, scope: EntryScope, index: number, offset: number): InterfaceEntry | null {
    const written = readWritten(entry.value, entry.key, scope);
    if (!written.ok) return this.#refuse(entry, scope, written.reason);
    const demand = this.#readDemand(entry, written.value, scope);
    if (!demand.ok) return this.#refuse(entry, scope, demand.reason);
    return {
      negative: demand.value.negative,
      interfaces: demand.value.interfaces,
      peer: this.#peer(demand.value.device, demand.value.port),
      index,
      offset,
      line: entry.key.line,
      local: entry.key.text,
      written: written.value.written,
    };
  }

  #refuse({ key }: SourceEntry, { owner, findings }: EntryScope, reason: string): null {
    findings.error(key.line, `${owner}: interface ${showText(key.text)}: ${reason}`);
    return null;
  }

  #readDemand(entry: SourceEntry, { device, port, written }: Written, scope: EntryScope): Parsed<Demand> {
    const local = this.#readLocal(entry.key);
    if (!local.ok) return local;
    const deviceName = this.#readName(device, scope);
    if (!deviceName.ok) return deviceName;
    // `none` alone is `none:none`.
    const bare = typeof written === 'string' && device === 'none' && port === null;
    const portName = bare ? deviceName : this.#readName(port, scope);
    if (!portName.ok) return portName;
    this.#warnOfLiteral(deviceName.value, entry, scope);
    this.#warnOfLiteral(portName.value, entry, scope);
    return readDemand(local.value, deviceName.value, portName.value);
  }

  #readLocal(key: SourceScalar): Parsed<LocalInterface> {
    const text = key.text.trim();
    if (text === 'any' || text === 'none') return parsed(text);
    const known = this.#ranges.get(text) ?? readRange(text);
    this.#ranges.set(text, known);
    return known;
  }

  #readName(text: string | null, scope: EntryScope): Parsed<PeerName> {
    const name = text === null ? parsed(anyName) : this.tests.readName(text);
    if (!name.ok) return name;
    if (name.value.kind !== 'variable') return parsed(name.value);
    return this.#lookUp(name.value.name, scope);
  }

  #lookUp(name: string, scope: EntryScope): Parsed<PeerName> {
    const shown = `$${name === '' ? '' : showText(name)}`;
    const found = findVariable(name, scope.tables);
    if (found === null) {
      const known = scope.tables.flatMap((table) => [...table.entries.keys()]);
      return refused(`there is no variable ${shown}${offerNearest(name, known)}`);
    }
    if (found.kind !== 'scalar') {
      return refused(
        `the variable ${shown} holds ${nameKind(found)}, wanted a function, any, none or a name`,
      );
    }
    const value = this.tests.readVariable(found.text);
    if (!value.ok) return refused(`in the variable ${shown}, ${value.reason}`);
    scope.used.set(name, found.text);
    return value;
  }

  #warnOfLiteral(name: PeerName, { key }: SourceEntry, { owner, findings }: EntryScope): void {
    const doubt = name.kind === 'test' ? doubtLiteral(name.test) : null;
    if (doubt !== null) findings.warning(key.line, `${owner}: interface ${showText(key.text)}: ${doubt}`);
  }

  #peer(device: NameTest | null, port: NameTest | null): Peer {
    const ports = this.#peers.get(device) ?? new Map<NameTest | null, Peer>();
    this.#peers.set(device, ports);
    const peer = ports.get(port) ?? { device, port };
    ports.set(port, peer);
    return peer;
  }
}

function readRange(text: string): Parsed<LocalInterface> {
  const lower = text.toLowerCase();
  if (lower === 'any' || lower === 'none') {
    return refused(`${showText(text)} is no interface name; wanted ${lower}, in lower case`);
  }
  if (/(^|,)\s*(any|none)\s*(,|$)/.test(text)) {
    return refused('any and none stand alone and can not be part of a list');
  }
  return expandInterfaceRange(text);
}

function readWritten(value: SourceNode, key: SourceScalar, scope: EntryScope): Parsed<Written> {
  if (isNull(value))
    return refused('no peer is given; write any for any neighbour, or none for no neighbour');
  if (value.kind === 'scalar') return parsed({ ...splitPeer(value.text), written: value.text });
  if (value.kind === 'sequence') {
    return refused(
      'the peer is a list, wanted DEVICE:PORT or {device: …, port: …}; several cables are several entries',
    );
  }
  const keys = readKeys(value);
  for (const name of new Set(value.entries.map((entry) => entry.key.text))) {
    if (name === 'device' || name === 'port') continue;
    scope.findings.warning(
      key.line,
      `${scope.owner}: interface ${showText(key.text)}: the key ${showText(name)} of the peer is ignored` +
        offerNearest(name, ['device', 'port']),
    );
  }
  const device = keys.get('device')?.value;
  const port = keys.get('port')?.value;
  if (device === undefined) return refused('the peer has no device; write {device: any, …} for any device');
  if (device.kind !== 'scalar') return refused(`device is ${nameKind(device)}, wanted a name or a function`);
  if (port !== undefined && port.kind !== 'scalar') {
    return refused(`port is ${nameKind(port)}, wanted a name or a function`);
  }
  const written = { device: device.text, port: port === undefined ? null : port.text };
  return parsed({
    device: device.text.trim(),
    port: written.port === null ? null : written.port.trim(),
    written,
  });
}
