// Runs one JavaScript plugin in a process of its own: loads its file once, then answers one call after the other. Talks
// JSON lines on file descriptor 3; whatever the plugin prints is none. Imports nothing of ours but types, so that the plugin
// shares its process with as little as can be.
//
//   node javascript-host.js FILE                                          serves
//   node --experimental-vm-modules javascript-host.js --check FILE...     compiles, and says what can not be compiled

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { isMainThread, Worker } from 'node:worker_threads';
import type { Plugin, PluginCall, PluginValue } from '../wire/plugin-call.js';

const messages = 3;
const lifeline = 4;
const longestMessage = 1024 * 1024;
const deepest = 100;

/** A call that fails for a reason that is ours to put into words. */
class Refusal extends Error {}

/** A thread of its own notices that the server is gone, also while the plugin is in a loop without end. */
function holdLifeline(): void {
  const socket = new Socket({ fd: lifeline, readable: true, writable: false });
  socket.on('error', () => undefined);
  socket.on('close', () => process.kill(-process.pid, 'SIGKILL'));
  socket.resume();
}

function serve(file: string): void {
  const channel = new Socket({ fd: messages, readable: true, writable: true });
  let received = '';
  let load: Promise<Plugin> | null = null;

  const answer = async (call: PluginCall): Promise<string> => {
    load ??= loadPlugin(file);
    let plugin: Plugin;
    try {
      plugin = await load;
    } catch (error) {
      return JSON.stringify(describeFailure(error, file, true));
    }
    try {
      const value = JSON.stringify(toJson(await plugin(call), 'the value', 0));
      const size = Buffer.byteLength(value);
      if (size <= longestMessage) return `{"value":${value}}`;
      throw new Refusal(`the value has ${size} bytes as JSON; wanted ${longestMessage} at most`);
    } catch (error) {
      return JSON.stringify(describeFailure(error, file, false));
    }
  };
  const serveCall = async (call: PluginCall): Promise<void> => {
    const message = await answer(call);
    await Promise.all([flush(process.stdout), flush(process.stderr)]);
    channel.write(`${message}\n`);
  };

  channel.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (received + chunk).split('\n');
    received = lines.pop() ?? '';
    for (const line of lines) void serveCall((JSON.parse(line) as { call: PluginCall }).call);
  });
  channel.on('error', () => process.exit());
  channel.on('close', () => process.exit());
  // Thrown where nobody waits for it, in a callback: the process can not be trusted any more.
  process.on('uncaughtException', (error) => {
    channel.write(`${JSON.stringify(describeFailure(error, file, true))}\n`, () => process.exit(1));
  });
}

/** What was printed goes before the answer. */
async function flush(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writable && stream.writableLength > 0) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
}

async function loadPlugin(file: string): Promise<Plugin> {
  const module: { readonly default?: unknown } = await import(pathToFileURL(file).href);
  if (typeof module.default === 'function') return module.default as Plugin;
  const found = module.default === undefined ? 'no default export' : 'a default export that is no function';
  throw new Refusal(`${path.basename(file)} has ${found}; wanted: export default (call) => value`);
}

/** The value with what JSON has; what it would leave out or turn into something else is refused. */
function toJson(value: unknown, where: string, depth: number): PluginValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new Refusal(`${where} is ${value}, which JSON does not have`);
  }
  if (typeof value === 'bigint')
    throw new Refusal(`${where} is a BigInt; wanted Number(…) or String(…) of it`);
  if (typeof value !== 'object') {
    const found = value === undefined ? 'undefined' : `a ${typeof value}`;
    throw new Refusal(`${where} is ${found}; wanted text, a number, a list, a mapping, true, false or null`);
  }
  if (depth >= deepest) {
    throw new Refusal(`the value nests deeper than ${deepest} levels, or contains itself`);
  }
  if (Array.isArray(value)) {
    return Array.from(value, (item, index) => toJson(item, `${where}[${index}]`, depth + 1));
  }
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return toJson(value.toJSON(), where, depth + 1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    const name = value.constructor?.name ?? 'some class';
    throw new Refusal(
      `${where} is an object of ${name}; wanted a plain object, such as Object.fromEntries gives`,
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      toJson(item, `${where}[${JSON.stringify(key)}]`, depth + 1),
    ]),
  );
}

function describeFailure(error: unknown, file: string, isFinal: boolean) {
  if (error instanceof Refusal) return { failure: { words: error.message, trace: [], final: isFinal } };
  const stack = error instanceof Error ? String(error.stack) : '';
  let place = findPlace(stack, path.dirname(file));
  if (place === '' && error instanceof SyntaxError) {
    const line = findModuleLine(file);
    if (line !== null) place = `${path.basename(file)} line ${line}: `;
  }
  const words = `${place}${describeError(error)}`.slice(0, 2000);
  return { failure: { words, trace: stack.split('\n').slice(0, 200), final: isFinal } };
}

function describeError(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `it threw ${String(error)}`;
    const cause = error.cause instanceof Error ? error.cause : null;
    const words = cause === null ? error.message : `${error.message} (${cause.message || cause.name})`;
    return error.name === 'Error' && words !== '' ? words : `${error.name}: ${words}`;
  } catch {
    return 'it threw something that has no text';
  }
}

/** The first place in the plugin's folder that a stack names, `ipam.js line 3: `; empty if it names none. */
function findPlace(stack: string, folder: string): string {
  for (const [, at = '', line] of stack.matchAll(/((?:file:\/\/)?\/[^\s():]*):(\d+)/g)) {
    const name = at.startsWith('file:') ? decodeURI(at.slice('file://'.length)) : at;
    if (path.dirname(name) === folder) return `${path.basename(name)} line ${line}: `;
  }
  return '';
}

/** Compiles files without running them: a line of JSON each, null or line and reason. */
function check(files: readonly string[]): void {
  for (const file of files) process.stdout.write(`${JSON.stringify({ problem: findProblem(file) })}\n`);
}

function findProblem(file: string): { line: number | null; reason: string } | null {
  const source = readFileSync(file, 'utf8');
  const asModule = tryToCompile(() => new vm.SourceTextModule(source, { identifier: file }));
  if (asModule === null) return null;
  const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
  const plain = source.replace(/^#!.*/, '');
  const asScript = tryToCompile(() => vm.compileFunction(plain, parameters, { filename: file }));
  if (asScript === null && !file.endsWith('.mjs')) return null;
  // Neither: whoever wrote it meant a module if a line begins like one.
  if (asScript === null || file.endsWith('.mjs') || /^\s*(?:import|export)\b/m.test(source)) {
    return { line: findModuleLine(file), reason: asModule.message };
  }
  const line = /:(\d+)$/.exec(asScript.stack?.split('\n', 1)[0] ?? '')?.[1];
  return { line: line === undefined ? null : Number(line), reason: asScript.message };
}

function tryToCompile(compile: () => unknown): Error | null {
  try {
    compile();
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Where a file is no valid module; null if it is one. Node keeps that to itself, except when it prints it. */
function findModuleLine(file: string): number | null {
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--check', '-'], {
    input: readFileSync(file),
    encoding: 'utf8',
    timeout: 5000,
  });
  const line = /^\[stdin\]:(\d+)$/m.exec(stderr)?.[1];
  return line === undefined ? null : Number(line);
}

const [first = '', ...rest] = process.argv.slice(2);
if (!isMainThread) holdLifeline();
else if (first === '--check') check(rest);
else {
  new Worker(new URL(import.meta.url), { stdin: false }).unref();
  serve(first);
}
