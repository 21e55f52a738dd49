// How words become options: cut short, joined, anywhere.

import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { findFirstWord, normalizeArguments } from '../../src/cli/normalize-arguments.js';

const split = (line: string): string[] => line.split(' ').filter((word) => word !== '');

const normalize = (line: string): string => normalizeArguments(split(line), makeProgram()).join(' ');

function makeProgram(): Command {
  const program = new Command('x')
    .option('-c, --conf <file>')
    .option('--debug')
    .option('--json')
    .option('-V, --validate-config')
    .option('-r, --clear-resources')
    .version('1', '-v, --version')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  program.command('init').argument('[dir]');
  program
    .command('simulate')
    .option('--server <url>')
    .option('--serial <n>')
    .option('--config <file>')
    .option('--json');
  const pool = program.command('pool');
  pool.command('list');
  pool.command('release').option('--all').option('--value').option('--key <key>').argument('[words...]');
  return program;
}

describe('normalizeArguments', () => {
  it.each([
    ['', ''],
    ['--valid', '--validate-config'],
    ['--clear', '--clear-resources'],
    ['--co=a --deb', '--conf=a --debug'],
    ['--con a', '--conf a'],
    ['--vers', '--version'],
    ['--he', '--help'],
    ['-Vc a', '-Vc a'],
    ['-ca -V', '-ca -V'],
    ['--conf init init', '--conf init init'],
    ['init dir --conf a --js', '--conf a --json init dir'],
    ['init -c a dir', '-c a init dir'],
    ['init -ca dir', '-ca init dir'],
    ['init --help', 'init --help'],
    ['simulate --serv u --json --conf a', '--conf a simulate --server u --json'],
    ['simulate --config a', 'simulate --config a'],
    ['simulate --server --json', 'simulate --server --json'],
    ['simulate -- --conf a', 'simulate -- --conf a'],
    ['pool list --js --conf a', '--json --conf a pool list'],
    ['pool --js list -ca', '--json -ca pool list'],
    ['--debug pool list', '--debug pool list'],
    ['pool release --val --ke --json x', 'pool release --value --key --json x'],
    ['pool release p --json -- -5 --conf', '--json pool release p -- -5 --conf'],
    ['pool release list help', 'pool release list help'],
    ['help pool', 'pool --help'],
    ['help pool list', 'pool list --help'],
    ['pool help list', 'pool list --help'],
    ['pool help', 'pool --help'],
  ])('%j becomes %j', (line, wanted) => {
    expect(normalize(line)).toBe(wanted);
  });

  it.each([
    ['--v', "option '--v' can mean --validate-config or --version"],
    ['simulate --ser u', "option '--ser' can mean --server or --serial"],
    ['simulate --con u', "option '--con' can mean --config or --conf"],
    ['--vallidate', "unknown option '--vallidate'; did you mean --validate-config?"],
    ['--debgu', "unknown option '--debgu'; did you mean --debug?"],
    ['--zzzzzz', "unknown option '--zzzzzz'"],
    ['pool lisst', "unknown command 'pool lisst'; did you mean list?"],
    ['pool quux', "unknown command 'pool quux'; there is list, release"],
    ['pool --all release', "unknown option '--all'"],
    ['init --validate', "unknown option '--validate'"],
    ['simulat', "unknown command 'simulat'; did you mean simulate?"],
    ['quux', "unknown command 'quux'; there is init, simulate, pool"],
  ])('refuses %j', (line, message) => {
    expect(() => normalize(line)).toThrow(message);
  });
});

describe('findFirstWord', () => {
  it.each([
    ['', null],
    ['--valid -ca --debug', null],
    ['init', 'init'],
    ['--conf pool init x', 'init'],
    ['-Vc pool init', 'init'],
    ['--co=pool init', 'init'],
    ['help pool list', 'pool'],
    ['intt pool', 'intt'],
    ['help', ''],
    ['--debug --he pool', ''],
    ['-h', ''],
    ['-- pool', null],
  ])('takes for a command in %j: %j', (line, word) => {
    expect(findFirstWord(split(line), makeProgram())).toBe(word);
  });

  it('refuses an option that is none, and names the nearest one', () => {
    expect(() => findFirstWord(['--cnof', 'a', 'init'], makeProgram())).toThrow('did you mean --conf?');
  });
});
