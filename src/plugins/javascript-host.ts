// Runs one JavaScript plugin in a process of its own: loads its file once, then answers one call after the other. Talks
// JSON lines on file descriptor 3; whatever the plugin prints is none. Imports nothing of ours but types, so that the plugin
// shares its process with as little as can be.
//
//   node javascript-host.js FILE                                          serves
//   node --experimental-vm-modules javascript-host.js --check FILE...     compiles, and says what can not be compiled

import { AsyncLocalStorage } from 'node:async_hooks';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
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

/** One call, under the number by which the server knows it. */
interface NumberedCall {
  readonly number: number;
  readonly call: PluginCall;
}

function serve(file: string): void {
  const channel = new Socket({ fd: messages, readable: true, writable: true });
  /** The number of the call that something belongs to, also when it comes later than the answer. */
  const running = new AsyncLocalStorage<number>();
  let received = '';
  let load: Promise<Plugin> | null = null;
  let present = 0;
  let isEnding = false;

  const send = (message: string) =>
    new Promise<void>((resolve) => channel.write(`${message}\n`, () => resolve()));
  const answer = async (number: number, call: PluginCall): Promise<string> => {
    let plugin: Plugin;
    try {
      // An earlier call may have gone elsewhere.
      process.chdir(call.dataRoot);
      load ??= loadPlugin(file);
      plugin = await load;
    } catch (error) {
      return JSON.stringify({ number, failure: describeFailure(error, file, true) });
    }
    try {
      const value = JSON.stringify(toJson(await plugin(call), 'the value', 0));
      const size = Buffer.byteLength(value);
      if (size <= longestMessage) return `{"number":${number},"value":${value}}`;
      throw new Refusal(`the value has ${size} bytes as JSON; wanted ${longestMessage} at most`);
    } catch (error) {
      return JSON.stringify({ number, failure: describeFailure(error, file, false) });
    }
  };
  const serveCall = async ({ number, call }: NumberedCall): Promise<void> => {
    if (isEnding) return;
    present = number;
    // Before the plugin has it: what did not begin may be asked of another process.
    await send(JSON.stringify({ number, began: true }));
    const message = await running.run(number, () => answer(number, call));
    await Promise.all([flush(process.stdout), flush(process.stderr)]);
    await send(message);
  };

  channel.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (received + chunk).split('\n');
    received = lines.pop() ?? '';
    for (const line of lines) void serveCall(JSON.parse(line) as NumberedCall);
  });
  channel.on('error', () => process.exit());
  channel.on('close', () => process.exit());
  // Thrown where nobody waits for it, in a callback: the process can not be trusted any more.
  process.on('uncaughtException', (error) => {
    if (isEnding) return;
    isEnding = true;
    const number = running.getStore() ?? present;
    const failure = describeFailure(error, file, true);
    void send(JSON.stringify({ number, failure })).then(() => process.exit(1));
  });
  // What an earlier call left running ends the process of this one: the server can not tell that by the status.
  process.on('exit', (status) => {
    const number = running.getStore();
    if (isEnding || number === undefined || number === present) return;
    const failure = { words: `it exited with status ${status}`, trace: [], final: true };
    try {
      writeSync(messages, `${JSON.stringify({ number, failure })}\n`);
    } catch {
      // The server is told that it exited in any case.
    }
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

/** Why a call fails. What was thrown is the plugin's, and may fail itself when it is looked at. */
function describeFailure(error: unknown, file: string, isFinal: boolean) {
  const describe = (words: string, stack: string) => {
    const trace = stack === '' ? [] : stack.split('\n').slice(0, 200);
    return { words: words.slice(0, 2000), trace, final: isFinal };
  };
  try {
    if (error instanceof Refusal) return describe(error.message, '');
    const stack = stackOf(error);
    let place = findPlace(stack, path.dirname(file));
    if (place === '' && error instanceof SyntaxError) {
      const line = findModuleLine(file);
      if (line !== null) place = `${path.basename(file)} line ${line}: `;
    }
    return describe(`${place}${describeError(error)}`, stack);
  } catch {
    return describe('it threw something that has no text', '');
  }
}

function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : '';
  } catch {
    return '';
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  const cause = error.cause instanceof Error ? error.cause : null;
  const words = cause === null ? String(error.message) : `${error.message} (${cause.message || cause.name})`;
  return error.name === 'Error' && words !== '' ? words : `${error.name}: ${words}`;
}

/** The first place in the plugin's folder that a stack names, `ipam.js line 3: `; empty if it names none. */
function findPlace(stack: string, folder: string): string {
  for (const [, at = '', line] of stack.matchAll(/((?:file:\/\/)?\/[^\s():]*):(\d+)/g)) {
    const name = at.startsWith('file:') ? decodePath(at.slice('file://'.length)) : at;
    if (path.dirname(name) === folder) return `${path.basename(name)} line ${line}: `;
  }
  return '';
}

function decodePath(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

/** Compiles files without running them: a line of JSON each, null or line and reason, and whether something is exported. */
function check(files: readonly string[]): void {
  for (const file of files) {
    const callable = /\bexport\s+default\b|\bas\s+default\b|\bexports\b/.test(readFileSync(file, 'utf8'));
    process.stdout.write(`${JSON.stringify({ problem: findProblem(file), callable })}\n`);
  }
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
