// The plugins that operators put into plugins/: has the file that a call means run as what it is. How files are looked at is
// the port's business, how helper processes live is plugin-crews.ts's.

import type { JsonValue } from '../engine/json-value.js';
import type { Identifier, NodeFacts } from '../engine/node-facts.js';
import type { PluginFile } from '../ports/plugin-files.js';
import { type ProgramResult, runProgram } from '../processes/run-program.js';
import type { PluginCall, PluginNode } from '../wire/plugin-call.js';
import { CallSlots } from './call-slots.js';
import type { HostCommand, PluginCrews } from './plugin-crews.js';
import { declaresPreview, kindOf } from './plugin-kinds.js';
import { PluginOutput } from './plugin-output.js';
import type { PluginSurroundings } from './plugin-process.js';
import { maxValueBytes, readPrintedValue } from './plugin-value.js';
import type { ResourceAnswer, ResourceRequest } from './resource-plugin.js';

/** The programs that plugins are loaded by: absolute paths. */
export interface HostPrograms {
  readonly javascript: string;
  readonly python: string;
}

/** How much custom plugins may do (`[plugins]`), and for how long they are waited for. */
export interface PluginLimits {
  /** Calls of one plugin at once. */
  readonly calls: number;
  /** Seconds that one call may take. */
  readonly timeoutSeconds: number;
  /** Seconds that one call may wait for its turn; 60 if left out. */
  readonly waitSeconds?: number;
  /** Seconds after which a helper process without a call is ended; 300 if left out. */
  readonly idleSeconds?: number;
}

/** What custom plugins have around them. */
export interface CustomPluginParts extends PluginSurroundings {
  readonly limits: PluginLimits;
  readonly hosts: HostPrograms;
  /** The server's own, which plugins inherit. */
  readonly environment: NodeJS.ProcessEnv;
  readonly settings: {
    readonly dataRoot: string;
    readonly identifier: Identifier;
    readonly serverUrls: readonly [string, ...string[]];
  };
}

/** How much of what a failing program said last is its reason. */
const maxReasonCharacters = 1000;

/** Calls of operators' plugins. */
export class CustomPlugins {
  readonly #parts: CustomPluginParts;
  readonly #slots: CallSlots;
  /** Loaded only once a plugin is called: most commands call none. */
  #crews: Promise<PluginCrews> | null = null;
  #isClosed = false;
  readonly #calls = new Set<Promise<ResourceAnswer>>();

  constructor(parts: CustomPluginParts) {
    const { calls, waitSeconds = 60 } = parts.limits;
    this.#parts = parts;
    this.#slots = new CallSlots(calls, waitSeconds);
  }

  /**
   * Makes a call, when it is its turn. A preview that the plugin does not understand is not made: the value is the call itself.
   * @param locate finds the plugin's file as it is now, and throws if it can not
   * @throws Error in words; what `locate` throws
   */
  call(plugin: string, request: ResourceRequest, locate: () => Promise<PluginFile>): Promise<ResourceAnswer> {
    const answer = this.#answer(plugin, request, locate);
    this.#calls.add(answer);
    const forget = () => this.#calls.delete(answer);
    answer.then(forget, forget);
    return answer;
  }

  /** Ends helpers and refuses who waits; resolves when no process is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#slots.close();
    await (await this.#crews)?.close();
    await Promise.allSettled(this.#calls);
  }

  async #answer(
    plugin: string,
    request: ResourceRequest,
    locate: () => Promise<PluginFile>,
  ): Promise<ResourceAnswer> {
    const file = await locate();
    if (request.preview && !declaresPreview(file))
      return { value: writeCall(plugin, request.args), taken: null };
    return this.#slots.run(plugin, async (waited) => {
      const current = waited ? await locate() : file;
      const value =
        request.preview && !declaresPreview(current)
          ? writeCall(plugin, request.args)
          : await this.#run(plugin, current, this.#callOf(request));
      return { value, taken: null };
    });
  }

  async #run(plugin: string, file: PluginFile, call: PluginCall): Promise<JsonValue> {
    const { hosts, environment, settings } = this.#parts;
    const { dataRoot, identifier, serverUrls } = settings;
    const kind = kindOf(file);
    if (kind === 'program') return this.#runProgram(plugin, file, call);
    const command: HostCommand =
      kind === 'javascript'
        ? {
            command: process.execPath,
            // A module need not lie in a package that says so.
            args: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', hosts.javascript, file.realPath],
            environment,
            workingFolder: dataRoot,
          }
        : {
            command: 'python3',
            args: [hosts.python, file.realPath, dataRoot, identifier, serverUrls[0]],
            environment: pythonEnvironment(environment),
            workingFolder: dataRoot,
          };
    try {
      return await (await this.#haveCrews()).call(plugin, file, command, call);
    } catch (error) {
      if (kind === 'python' && isAbsentProgram(error)) throw new Error(noPython, { cause: error });
      throw error;
    }
  }

  #haveCrews(): Promise<PluginCrews> {
    if (this.#isClosed) throw new Error('the server is stopping');
    const { timeoutSeconds, idleSeconds = 300 } = this.#parts.limits;
    this.#crews ??= import('./plugin-crews.js').then(
      (it) => new it.PluginCrews(this.#parts, { timeoutSeconds, idleSeconds }),
    );
    return this.#crews;
  }

  async #runProgram(plugin: string, file: PluginFile, call: PluginCall): Promise<JsonValue> {
    if (!file.executable) throw new Error(sayNotExecutable(file.name));
    const { environment, settings, limits, log } = this.#parts;
    const { outcome, standardOutput, standardError, endOfStandardError } = await runProgram({
      path: file.realPath,
      input: `${JSON.stringify(call)}\n`,
      environment,
      workingFolder: settings.dataRoot,
      timeLimitSeconds: limits.timeoutSeconds,
      maxOutputBytes: maxValueBytes + 1,
      endsWhole: true,
    });
    const said = standardError.toString('utf8').trim();
    const failure = sayFailure(outcome);
    // What the reason holds is logged with it.
    if (failure === null || said.length > maxReasonCharacters) {
      const output = new PluginOutput(plugin, log);
      output.begin(call.nodeId);
      for (const line of said.split('\n')) {
        if (line !== '') output.write('warning', line);
      }
    }
    if (failure !== null) {
      const last = endOfStandardError.toString('utf8').trim().slice(-maxReasonCharacters);
      throw new Error(last === '' ? failure : `${failure}: ${last}`);
    }
    return readPrintedValue(standardOutput);
  }

  #callOf({ nodeId, args, facts, preview }: ResourceRequest): PluginCall {
    const [first = '', ...rest] = args;
    const { dataRoot } = this.#parts.settings;
    return { nodeId, args: [first, ...rest], preview, node: facts && describeNode(facts), dataRoot };
  }
}

/** What a plugin that no python3 can be found for is told, and the mend. */
export const noPython =
  "there is no python3 on the server's PATH: install Python 3.6 or later (apt-get install python3, dnf install python3)";

/** True if a program could not be started because it is not there. */
export function isAbsentProgram(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Python must not write its caches into the data root. */
export function pythonEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, PYTHONDONTWRITEBYTECODE: '1' };
}

/** What is wrong with a program without the right to be run, and the mend. */
export function sayNotExecutable(file: string): string {
  return `plugins/${file} is a program and this server may not run it: chmod +x it (without an extension and with python in its #!, or without a #!, it would be Python)`;
}

function sayFailure(outcome: ProgramResult['outcome']): string | null {
  switch (outcome.kind) {
    case 'exited':
      return outcome.status === 0 ? null : `it exited with status ${outcome.status}`;
    case 'killed':
      return `it was ended by ${outcome.signal}`;
    case 'timed-out':
      return `it was not done within ${outcome.seconds} s ([plugins] timeout) and was killed`;
    case 'not-started':
      return outcome.reason.includes('ENOENT')
        ? 'the program that its #! line names is not there: correct the line, or install that'
        : `it could not be run: ${outcome.reason}`;
  }
}

function describeNode(facts: NodeFacts): PluginNode {
  const { model, serialnumber, systemmac, version, neighbors, others } = facts;
  return { ...others, model, serialnumber, systemmac, version, neighbors: Object.fromEntries(neighbors) };
}

/** A call as a definition spells it. */
function writeCall(plugin: string, args: readonly string[]): string {
  return `${plugin}(${args.map((it) => (it.includes("'") ? `"${it}"` : `'${it}'`)).join(', ')})`;
}
