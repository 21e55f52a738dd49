// How words become options: cut short, joined, anywhere.

import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { normalizeArguments } from '../../src/cli/normalize-arguments.js';

function normalize(line: string): string {
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
  return normalizeArguments(
    line.split(' ').filter((word) => word !== ''),
    program,
  ).join(' ');
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
    ['init --validate', "unknown option '--validate'"],
    ['simulat', "unknown command 'simulat'; did you mean simulate?"],
    ['quux', "unknown command 'quux'; there is init, simulate"],
  ])('refuses %j', (line, message) => {
    expect(() => normalize(line)).toThrow(message);
  });
});
