// Lets long options be cut short and global ones stand anywhere, as the original's command line did.
// Only rewrites words; what options and commands there are is said where they are defined.

import type { Command, Option } from 'commander';
import { nearestName } from '../engine/nearest-name.js';

/**
 * Rewrites `words` (what stands behind the program's name) so that commander reads them: `--valid` becomes
 * `--validate-config` where only one option begins like that, and global options behind a subcommand move before it.
 * `help COMMAND` becomes `COMMAND --help`,
 * whatever it is a subcommand of. Unknown and ambiguous options and commands end in `program.error`, with the nearest name.
 */
export function normalizeArguments(words: readonly string[], program: Command): readonly string[] {
  const globals: string[] = [];
  const others: string[] = [];
  let command = program;
  let wantsHelp = false;
  const queue = [...words];

  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--') {
      others.push(word, ...queue.splice(0));
    } else if (/^-./.test(word)) {
      const { option, rewritten, takesNextWord } = resolveOption(word, program, command);
      const target =
        command === program || (option !== null && program.options.includes(option)) ? globals : others;
      target.push(rewritten);
      if (takesNextWord) target.push(...queue.splice(0, 1));
    } else if (command.commands.length > 0 && !wantsHelp && word === 'help') {
      wantsHelp = true;
    } else if (command.commands.length > 0) {
      command = findCommand(word, command);
      others.push(word);
    } else {
      others.push(word);
    }
  }
  return [...globals, ...others, ...(wantsHelp ? ['--help'] : [])];
}

/**
 * The first word that is neither an option of `program` nor the value of one: a command, if it is known. Null if there is none, empty
 * if it is asked what there is. What is wrong with an option ends in `program.error`.
 */
export function findFirstWord(words: readonly string[], program: Command): string | null {
  let found: string | null = null;
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--') return found;
    if (word === 'help') found = '';
    else if (!/^-./.test(word)) return word;
    else {
      const { rewritten, takesNextWord } = resolveOption(word, program, program);
      if (rewritten === '--help' || rewritten === '-h') return '';
      if (takesNextWord) queue.shift();
    }
  }
  return found;
}

interface Resolved {
  /** The option that decides; of joined short ones the last, since only that can take a value. */
  readonly option: Option | null;
  readonly rewritten: string;
  readonly takesNextWord: boolean;
}

function resolveOption(word: string, program: Command, command: Command): Resolved {
  const own = command === program ? [] : command.options;
  // A subcommand's own option hides a global one of that name; --version and the modes belong to no subcommand.
  const shared = program.options.filter((option) => command === program || isShared(option));
  const known = [...own, ...shared.filter((option) => !own.some((one) => one.long === option.long))];
  return word.startsWith('--') ? resolveLong(word, known, program) : resolveShort(word, known);
}

function resolveShort(word: string, known: readonly Option[]): Resolved {
  let last: Option | null = null;
  for (let index = 1; index < word.length; index += 1) {
    const option = known.find(({ short }) => short === `-${word[index]}`);
    if (option === undefined) break;
    last = option;
    if (option.required) return { option, rewritten: word, takesNextWord: index === word.length - 1 };
  }
  return { option: last, rewritten: word, takesNextWord: false };
}

function resolveLong(word: string, known: readonly Option[], program: Command): Resolved {
  const [, name = word, value = ''] = /^([^=]+)(=.*)?$/s.exec(word) ?? [];
  const names = [...known.flatMap(({ long }) => long ?? []), '--help'];
  const meant = names.includes(name) ? [name] : names.filter((long) => long.startsWith(name));
  if (meant.length > 1) program.error(`error: option '${name}' can mean ${meant.join(' or ')}`);
  const [long] = meant;
  if (long === undefined) {
    const near = suggest(name, names);
    return program.error(`error: unknown option '${name}'${near ? `; did you mean ${near}?` : ''}`);
  }
  const option = known.find((one) => one.long === long) ?? null;
  return { option, rewritten: long + value, takesNextWord: (option?.required ?? false) && value === '' };
}

function isShared(option: Option): boolean {
  return ['--conf', '--debug', '--json'].includes(option.long ?? '');
}

function findCommand(word: string, parent: Command): Command {
  const command = parent.commands.find((one) => one.name() === word);
  if (command !== undefined) return command;
  const names = parent.commands.map((one) => one.name());
  const near = suggest(word, names);
  const path = parent.parent === null ? word : `${parent.name()} ${word}`;
  return parent.error(
    `error: unknown command '${path}'; ${near ? `did you mean ${near}?` : `there is ${names.join(', ')}`}`,
  );
}

// A name that was mistyped and cut short is near the beginning of the one it stands for.
function suggest(name: string, names: readonly string[]): string | null {
  const beginnings = new Map(names.map((one) => [one.slice(0, name.length), one]));
  const near = nearestName(name, [...names, ...beginnings.keys()]);
  return near === null ? null : (beginnings.get(near) ?? near);
}
