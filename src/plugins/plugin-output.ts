// What a plugin prints and logs, on its way to the server's log: so much for each call. Where it comes from is not known here.

import type { Log } from '../log/log.js';

/** How much of what one call logs and prints goes to the log: lines, and characters. */
const maxLines = 1000;
const maxCharacters = 64 * 1024;

/** The output of one process of a plugin. */
export class PluginOutput {
  #nodeId = '';
  #linesLeft = 0;
  #charactersLeft = 0;

  constructor(
    private readonly plugin: string,
    private readonly log: Log,
  ) {}

  /** From here on it is the output of a call for this node, with all the room that a call has. */
  begin(nodeId: string): void {
    this.#nodeId = nodeId;
    this.#linesLeft = maxLines;
    this.#charactersLeft = maxCharacters;
  }

  /** False once the call has no room left. */
  hasRoom(): boolean {
    return this.#linesLeft > 0 && this.#charactersLeft > 0;
  }

  /** Logs one line, if there is room. */
  write(level: 'debug' | 'info' | 'warning' | 'error', line: string): void {
    if (!this.hasRoom()) return;
    this.#linesLeft -= 1;
    this.#charactersLeft -= line.length;
    this.log[level](`plugin ${this.plugin}: ${line}`, { node: this.#nodeId });
    if (!this.hasRoom()) this.say('what else this call prints is left out');
  }

  /** Logs what we have to say of it ourselves. */
  say(words: string): void {
    this.log.warning(`plugin ${this.plugin}: ${words}`, { node: this.#nodeId });
  }
}
