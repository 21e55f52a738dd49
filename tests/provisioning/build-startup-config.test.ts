// The startup-config that actions build, action by action, and what is said of those that nobody can foresee.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/engine/json-value.js';
import { buildStartupConfig } from '../../src/provisioning/build-startup-config.js';
import type { Served } from '../../src/provisioning/served-files.js';

const actionsFolder = path.resolve(import.meta.dirname, '../../client/actions');
const builtIn = new Map(
  readdirSync(actionsFolder).map((name) => [name, readFileSync(path.join(actionsFolder, name))]),
);

/** Builds from actions and files. */
async function build(
  actions: readonly JsonObject[],
  files: Readonly<Record<string, string | Buffer>> = {},
  attributes: JsonObject = {},
  own: Readonly<Record<string, string>> = {},
) {
  const { content, notes } = await buildStartupConfig(
    { actions, attributes },
    {
      builtIn,
      async read(url): Promise<Served> {
        const bytes = files[url];
        return bytes === undefined
          ? { kind: 'failed', reason: `${url} is not there` }
          : { kind: 'bytes', bytes: Buffer.from(bytes) };
      },
      readAction: async (name) => (name in own ? Buffer.from(own[name] ?? '') : (builtIn.get(name) ?? null)),
    },
  );
  return {
    text: content?.toString('latin1'),
    notes: notes.map(({ action, kind, text }) => `${action ?? '-'} ${kind}: ${text}`),
  };
}

const add = (attributes: JsonObject): JsonObject => ({ action: 'add_config', attributes });
const replace = (url: string): JsonObject => ({ action: 'replace_config', attributes: { url } });

describe('the startup-config that actions build', () => {
  it('has the pieces in the order of the actions, set off by one LF', async () => {
    const files = { a: 'one\n', b: 'two', c: 'three\r\nfour\r', d: '', e: '\n', f: 'five\n\n' };
    const { text, notes } = await build(
      Object.keys(files).map((url) => add({ url })),
      files,
    );
    expect(text).toBe('one\ntwo\nthree\nfour\nfive\n\n');
    expect(notes).toEqual([]);
  });

  it('begins anew, byte for byte, where replace_config stands', async () => {
    const files = { a: 'one\n', raw: Buffer.from([0xff, 0x0d, 0x0a, 0x24, 0x61]), b: '$x\n' };
    const { text } = await build(
      [add({ url: 'a' }), replace('raw'), add({ url: 'b', variables: { x: 1 } })],
      files,
    );
    expect(text).toBe('\u00ff\r\n$a\n1\n');
  });

  it('takes attributes of the definition where the action has none, without merging', async () => {
    const { text } = await build(
      [add({ url: 'a' }), add({ url: 'a', variables: { y: 2 } })],
      { a: '$x $y\n' },
      {
        variables: { x: 1 },
      },
    );
    expect(text).toBe('1 $y\n$x 2\n');
  });

  it('reads UTF-8 with or without its mark, and else Latin-1', async () => {
    const files = { a: '\ufeffé\n', b: Buffer.from('\u00e9\n', 'latin1') };
    const { text } = await build([add({ url: 'a' }), add({ url: 'b' })], files);
    expect(Buffer.from(text ?? '', 'latin1').toString()).toBe('é\né\n');
  });

  it.each<[string, readonly JsonObject[], string]>([
    ['no url', [add({})], '1 failure: url: a text is required'],
    ['a blank url', [add({ url: ' ' })], '1 failure: url: a text is required'],
    ['a missing file', [add({ url: 'none' })], '1 failure: none is not there'],
    [
      'variables that are a list',
      [add({ url: 'a', variables: [1] })],
      '1 failure: variables: a mapping of names to values is required, not [1]',
    ],
    [
      'an odd mode',
      [add({ url: 'a', substitution_mode: 'lose' })],
      '1 failure: substitution_mode: loose or strict is required, not lose',
    ],
    [
      'a name without a value',
      [add({ url: 'a', substitution_mode: 'strict' })],
      "1 failure: a: line 2: no value for 'x'",
    ],
    [
      'a missing action',
      [{ action: 'nonesuch' }],
      '1 failure: actions/nonesuch is not there: add it, or name another',
    ],
    ['nothing at all', [], '- failure: the actions leave no startup-config, or a blank one'],
  ])('says what fails: %s', async (_, actions, note) => {
    expect((await build(actions, { a: 'hostname\n$x\n' })).notes).toContain(note);
  });

  it.each<[JsonObject, boolean]>([
    [{ action: 'run_bash_script', attributes: { url: 'a' } }, true],
    [{ action: 'run_cli_commands', attributes: { url: 'a' } }, true],
    [{ action: 'install_image', attributes: { url: 'a', version: '1' } }, false],
    [{ action: 'configure_ansible_client' }, false],
    [{ action: 'copy_file', attributes: { src_url: 'files/x', dst_url: '/mnt/flash' } }, false],
    [{ action: 'copy_file', attributes: { src_url: 'files/startup-config', dst_url: '/mnt/flash' } }, true],
    [{ action: 'send_email', attributes: { commands: ['show version'] } }, false],
    [{ action: 'send_email', attributes: { commands: ['write memory'] } }, true],
  ])('says whether it may be changed, and goes on: %j', async (action, mayBe) => {
    const { text, notes } = await build([action, add({ url: 'a' })], { a: 'x\n' });
    expect(text).toBe('x\n');
    expect(notes).toEqual(mayBe ? ['1 unknown: what it does to startup-config is not known'] : []);
  });

  it('says that an action is the operator’s own, or another release’s', async () => {
    const own = { mine: 'def main(attributes): pass\n', add_config: '# old\n' };
    const { text, notes } = await build([{ action: 'mine' }, add({ url: 'a' })], { a: 'x\n' }, {}, own);
    expect(text).toBe('x\n');
    expect(notes).toEqual([
      '1 unknown: what it does to startup-config is not known',
      "2 unknown: actions/add_config is not this release's: shown is what this release's does",
    ]);
  });
});
