// The helper processes of all JavaScript and Python plugins: started when a call needs one, used again, ended when idle for
// long, when the plugin was edited, and at the end.

import type { JsonValue } from '../engine/json-value.js';
import type { PluginFile } from '../ports/plugin-files.js';
import type { PluginCall } from '../wire/plugin-call.js';
import { CallNotBegun, PluginProcess, type PluginSurroundings } from './plugin-process.js';

/** How the helper of a plugin is started. */
export interface HostCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
}

/** A helper without a call, and when it will be ended. */
interface IdleProcess {
  readonly helper: PluginProcess;
  readonly timer: NodeJS.Timeout;
}

/** The helpers of one plugin: all of one version. */
interface Crew {
  readonly version: string;
  readonly idle: IdleProcess[];
}

/** Helpers by plugin. How many calls run at once is decided by whoever calls. */
export class PluginCrews {
  readonly #crews = new Map<string, Crew>();
  readonly #alive = new Set<PluginProcess>();
  #closed = false;

  constructor(
    private readonly around: PluginSurroundings,
    private readonly limits: { readonly timeoutSeconds: number; readonly idleSeconds: number },
  ) {}

  /**
   * Has this version of a plugin called, by a helper that has loaded it or a new one.
   * @throws Error in words, or what the system says if a helper can not be started
   */
  async call(plugin: string, file: PluginFile, command: HostCommand, call: PluginCall): Promise<JsonValue> {
    const { timeoutSeconds } = this.limits;
    const began = performance.now();
    const crew = this.#crewOf(plugin, file.version);
    const have = async (helper: PluginProcess): Promise<JsonValue> => {
      try {
        return await helper.call(call, timeoutSeconds - (performance.now() - began) / 1000, timeoutSeconds);
      } finally {
        if (helper.isUsable && this.#crews.get(plugin) === crew) this.#putIdle(crew, helper);
        else void helper.end();
      }
    };
    const idle = this.#takeIdle(crew);
    try {
      if (idle !== null) return await have(idle);
    } catch (error) {
      // It had ended, or was about to: a new one is asked.
      if (!(error instanceof CallNotBegun)) throw error;
    }
    return have(await this.#start(plugin, command));
  }

  /** Ends all helpers; resolves when they are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { idle } of this.#crews.values()) for (const { timer } of idle) clearTimeout(timer);
    this.#crews.clear();
    await Promise.all([...this.#alive].map((helper) => helper.end()));
  }

  /** The crew of this version; those who have loaded another are sent home, busy ones after their call. */
  #crewOf(plugin: string, version: string): Crew {
    const present = this.#crews.get(plugin);
    if (present?.version === version) return present;
    for (const { helper, timer } of present?.idle ?? []) {
      clearTimeout(timer);
      void helper.end();
    }
    const crew: Crew = { version, idle: [] };
    this.#crews.set(plugin, crew);
    return crew;
  }

  #takeIdle({ idle }: Crew): PluginProcess | null {
    for (let next = idle.pop(); next !== undefined; next = idle.pop()) {
      clearTimeout(next.timer);
      if (next.helper.isUsable) return next.helper;
    }
    return null;
  }

  #putIdle({ idle }: Crew, helper: PluginProcess): void {
    const timer = setTimeout(() => {
      idle.splice(
        idle.findIndex((it) => it.helper === helper),
        1,
      );
      void helper.end();
    }, this.limits.idleSeconds * 1000);
    idle.push({ helper, timer: timer.unref() });
  }

  async #start(plugin: string, command: HostCommand): Promise<PluginProcess> {
    if (this.#closed) throw new Error('the server is stopping');
    const helper = new PluginProcess(plugin, this.around);
    await helper.start(command);
    this.#alive.add(helper);
    void helper.gone().then(() => this.#alive.delete(helper));
    if (!this.#closed) return helper;
    await helper.end();
    throw new Error('the server is stopping');
  }
}
