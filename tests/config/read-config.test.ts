// Where each setting comes from, and what a bad one is told.

import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDataRoot, readConfig } from '../../src/config/read-config.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ztps-config-'));
  file = join(folder, 'ztpserver.conf');
});

afterEach(() => rm(folder, { recursive: true }));

async function read(text: string | Buffer, environment: Record<string, string> = {}) {
  await writeFile(file, text);
  return readConfig({ file }, environment);
}

describe('readConfig', () => {
  it('has a default for everything', async () => {
    expect(await read('')).toEqual({
      dataRoot: '/usr/share/ztpserver',
      identifier: 'serialnumber',
      serverUrls: ['http://ztpserver:8080'],
      logging: true,
      consoleLogging: true,
      consoleLoggingFormat: '%(asctime)s:%(levelname)s:[%(module)s:%(lineno)d] %(message)s',
      logFormat: 'text',
      debug: false,
      disableTopologyValidation: false,
      trustedFolders: [],
      interface: '0.0.0.0',
      port: 8080,
      maxDownloads: 200,
      bootstrapFilename: 'bootstrap',
      neighbordbFilename: 'neighbordb',
      sqlite: 'db/resources.db',
      pluginCalls: 4,
      pluginTimeout: 10,
      stateFolder: '/usr/share/ztpserver/state',
      keepDays: 365,
      stalledAfter: 900,
      keepVersions: 100,
      byPosition: 'propose',
      silentFor: 3600,
      notify: [],
      environment: {},
      file,
      warnings: [],
    });
  });

  it('reads every key from the file', async () => {
    const config = await read(`[default]
data_root: /srv/ztp/
IDENTIFIER = SystemMAC
server_url = http://a:8080/ztp/, https://[2001:db8::1]
  http://c
logging = off
console_logging = 0
console_logging_format = %(message)s
log_format = json
disable_topology_validation = YES
trusted_folders = /srv/images/,
  /srv/more
[server]
interface = [::]
port = 80
max_downloads = 10
[bootstrap]
filename = old.py
[neighbordb]
filename = site/ndb
[resources]
sqlite = /var/lib/x.db
[plugins]
calls = 1
timeout = 90
[state]
path = /var/lib/ztpserver
[journal]
keep_days = 30
stalled_after = 2h
[history]
keep = 20
[replacement]
by_position = Auto
silent_for = 30m
`);
    expect(config).toMatchObject({
      dataRoot: '/srv/ztp',
      identifier: 'systemmac',
      serverUrls: ['http://a:8080/ztp/', 'https://[2001:db8::1]', 'http://c'],
      logging: false,
      consoleLogging: false,
      consoleLoggingFormat: '%(message)s',
      logFormat: 'json',
      disableTopologyValidation: true,
      trustedFolders: ['/srv/images', '/srv/more'],
      interface: '::',
      port: 80,
      maxDownloads: 10,
      bootstrapFilename: 'old.py',
      neighbordbFilename: 'site/ndb',
      sqlite: '/var/lib/x.db',
      pluginCalls: 1,
      pluginTimeout: 90,
      stateFolder: '/var/lib/ztpserver',
      keepDays: 30,
      stalledAfter: 7200,
      keepVersions: 20,
      byPosition: 'auto',
      silentFor: 1800,
      warnings: [],
    });
  });

  it('lets the environment beat the file, an empty variable not', async () => {
    const text =
      '[default]\ndata_root = /a\nlogging = yes\nserver_url = http://a\n[neighbordb]\nfilename = ndb\n';
    const config = await read(text, {
      ZTPS_DEFAULT_DATAROOT: '/b',
      ZTPS_DEFAULT_SERVER: 'http://b/',
      ZTPS_DEFAULT_LOGGING: 'no',
      ZTPS_CONSOLE_LOGGING_FORMAT: '%(levelname)s',
      ZTPS_BOOTSTRAP_FILENAME: 'boot',
      ZTPS_NEIGHBORDB_FILENAME: '',
    });
    expect(config).toMatchObject({
      dataRoot: '/b',
      serverUrls: ['http://b/'],
      logging: false,
      consoleLoggingFormat: '%(levelname)s',
      bootstrapFilename: 'boot',
      neighbordbFilename: 'ndb',
    });
  });

  it('finds the file by flag, then by $ZTPS_CONFIG, and insists on one that is named', async () => {
    await writeFile(file, '[server]\nport = 1\n');
    const other = join(folder, 'other.conf');
    await writeFile(other, '[server]\nport = 2\n');
    expect((await readConfig({ file }, { ZTPS_CONFIG: other })).port).toBe(1);
    expect((await readConfig({}, { ZTPS_CONFIG: other })).port).toBe(2);
    const missing = join(folder, 'missing.conf');
    await expect(readConfig({ file: missing }, {})).rejects.toThrow(
      `${missing}: there is no such file, and --conf names it`,
    );
    await expect(readConfig({}, { ZTPS_CONFIG: missing })).rejects.toThrow('$ZTPS_CONFIG names it');
    await expect(readConfig({ file: folder }, {})).rejects.toMatchObject({ code: 'read-failed' });
  });

  it('reads relative paths in the file as relative to the folder of the file', async () => {
    const config = await read('[default]\ndata_root = .\ntrusted_folders = images\n');
    expect(config).toMatchObject({ dataRoot: folder, trustedFolders: [join(folder, 'images')] });
  });

  it('reads a relative path of the state as relative to the data root', async () => {
    const config = await read('[default]\ndata_root = /srv/ztp\n[state]\npath = var/state/\n');
    expect(config.stateFolder).toBe('/srv/ztp/var/state');
  });

  it.each([
    ['900', 900],
    ['45s', 45],
    ['1M', 60],
    ['7d', 604_800],
    ['1w', 604_800],
  ])('takes %j as the time after which a run counts as stalled', async (text, seconds) => {
    expect((await read(`[journal]\nstalled_after = ${text}\n`)).stalledAfter).toBe(seconds);
  });

  it("takes the file names' own absolute paths", async () => {
    const config = await read(
      '[default]\ndata_root = /srv\n[bootstrap]\nfilename = /srv/bootstrap/b\n[neighbordb]\nfilename = /srv/n\n',
    );
    expect(config).toMatchObject({ bootstrapFilename: 'b', neighbordbFilename: 'n' });
  });

  it('lets [DEFAULT] stand in for what a section does not say', async () => {
    expect(await read('[DEFAULT]\nport = 81\ninterface = ::1\n[server]\nport = 82\n')).toMatchObject({
      port: 82,
      interface: '::1',
      warnings: [],
    });
  });

  it.each([
    ['[server]\nport = 65535\n', ':2: [server] port is "65535"; wanted: a TCP port, 1 to 65534'],
    ['[server]\nport = 0\n', '[server] port is "0"'],
    ['[server]\nport = 80a\n', '[server] port is "80a"'],
    ['[server]\nport = -1\n', '[server] port is "-1"'],
    ['[server]\ninterface = a b\n', '[server] interface is "a b"'],
    ['[default]\n\nlogging = maybe\n', ':3: [default] logging is "maybe"; wanted: yes, true, 1 or on'],
    ['[default]\nidentifier = mac\n', '[default] identifier is "mac"; wanted: serialnumber or systemmac'],
    ['[default]\nlog_format = xml\n', '[default] log_format is "xml"; wanted: text or json'],
    ['[default]\nserver_url = ztps:80\n', '[default] server_url is "ztps:80"; wanted: URLs such as http://'],
    ['[default]\nserver_url = http://a?b\n', '[default] server_url is "http://a?b"'],
    ['[default]\nserver_url = http://a b\n', '[default] server_url is "http://a b"'],
    ['[default]\nserver_url = http://bücher.example\n', 'in ASCII'],
    ['[default]\nserver_url =\n', '[default] server_url is empty'],
    ['[default]\ndata_root =\n', '[default] data_root is empty'],
    ['[bootstrap]\nfilename = ../x\n', '[bootstrap] filename is "../x"; wanted: the name of a file in'],
    ['[bootstrap]\nfilename = /etc/passwd\n', '[bootstrap] filename is "/etc/passwd"'],
    ['[neighbordb]\nfilename = a/../..\n', '[neighbordb] filename is "a/../.."'],
    ['[plugins]\ncalls = 0\n', '[plugins] calls is "0"; wanted: calls at once, 1 to 100'],
    ['[plugins]\ntimeout = 1.5\n', '[plugins] timeout is "1.5"; wanted: seconds, 1 to 3600'],
    ['[state]\npath =\n', '[state] path is empty; wanted: some text'],
    ['[journal]\nkeep_days = 0\n', '[journal] keep_days is "0"; wanted: days, 1 to 36500'],
    ['[journal]\nkeep_days = 1w\n', '[journal] keep_days is "1w"'],
    [
      '[journal]\nstalled_after = soon\n',
      '[journal] stalled_after is "soon"; wanted: seconds, or a time such as 15m or 2h, up to 7d',
    ],
    ['[journal]\nstalled_after = 0\n', '[journal] stalled_after is "0"'],
    ['[journal]\nstalled_after = 8d\n', '[journal] stalled_after is "8d"'],
    ['[resources]\nsqlite = a\0b\n', '[resources] sqlite is "a\\u0000b"; wanted: text in UTF-8'],
    ['[default\n', ':1: "[default" stands before any section'],
  ])('refuses %j', async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(`^${file}`),
    });
    await expect(read(text)).rejects.toThrow(message);
  });

  it('refuses a path that is no UTF-8, and leaves such bytes alone in a comment', async () => {
    await expect(read(Buffer.from('[default]\ndata_root = /caf\xe9\n', 'latin1'))).rejects.toThrow('UTF-8');
    await expect(read(Buffer.from('# caf\xe9\n[default]\n', 'latin1'))).resolves.toMatchObject({
      port: 8080,
    });
  });

  it('names the variable of a bad environment value', async () => {
    await expect(read('', { ZTPS_DEFAULT_LOGGING: 'x' })).rejects.toThrow(
      '$ZTPS_DEFAULT_LOGGING ([default] logging) is "x"; wanted:',
    );
  });

  it('warns of what it does not know, with the line and the nearest name', async () => {
    const { warnings } = await read(
      '[default]\ndata_rot = /x\nport = 1\nzzzzzz = 1\n[Server]\nport = 2\n[gadgets]\na = b\n',
    );
    expect(warnings).toEqual([
      `${file}:2: [default] data_rot is not known; data_root is`,
      `${file}:3: [default] port is not known; it belongs in [server]`,
      `${file}:4: [default] zzzzzz is not known`,
      `${file}:5: section [Server] is not known, so nothing in it counts; [server] is`,
      `${file}:7: section [gadgets] is not known, so nothing in it counts`,
    ]);
  });

  it('hands out something that nobody can change', async () => {
    const config = await read('');
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.serverUrls)).toBe(true);
    expect(Object.isFrozen(config.trustedFolders)).toBe(true);
  });
});

describe('checkDataRoot', () => {
  const at = async (dataRoot: string) => checkDataRoot(await readConfig({}, rooted(dataRoot)));
  const rooted = (dataRoot: string) => ({ ZTPS_CONFIG: file, ZTPS_DEFAULT_DATAROOT: dataRoot });

  it('takes a folder and a link to one', async () => {
    await writeFile(file, '');
    await symlink(folder, join(folder, 'link'));
    await expect(at(folder)).resolves.toBeUndefined();
    await expect(at(join(folder, 'link'))).resolves.toBeUndefined();
  });

  it('refuses one that is missing or a file, and says how to make one', async () => {
    await writeFile(file, '');
    await expect(at(join(folder, 'none'))).rejects.toThrow(/is not there; "ztps init .*none" makes one/);
    await expect(at(file)).rejects.toThrow('is a file; a folder is wanted');
  });

  it('refuses one that may not be read', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may read everything: run the suite as an ordinary user');
    await writeFile(file, '');
    const closed = await mkdtemp(join(folder, 'closed-'));
    await chmod(closed, 0);
    await expect(at(closed)).rejects.toThrow('can not be read by this user');
  });
});
