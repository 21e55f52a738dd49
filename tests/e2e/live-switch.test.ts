// Somebody runs the script by hand on a switch in service: whatever fails, that switch is as it was; a rehearsal keeps
// what it made beside what is there.
import { mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SimulatedSwitch } from '../../src/simulator/simulated-switch.js';
import { startServer } from './server-process.js';
import { addConfig, serial, siteOf } from './sites.js';
import { namesOnFlash, readConsole, snapshot, unpackSwitch } from './switches.js';

const liveConfig = `hostname live
!
username admin privilege 15 secret 5 $1$a$b
!
management api http-commands
   protocol http
   no shutdown
   vrf MGMT
      no shutdown
`;

/** Actions that change everything a run may change, and one that then ends as it is told. */
const changes = [
  { action: 'replace_config', attributes: { url: 'files/new.cfg' } },
  { action: 'install_image', attributes: { url: 'files/image', version: '4.33.1F' } },
  { action: 'install_extension', attributes: { url: 'files/agent.swix', force: true } },
  { action: 'install_extension', attributes: { url: 'files/other.rpm' } },
  { action: 'copy_file', attributes: { src_url: 'files/agent.swix', dst_url: '/etc' } },
  {
    action: 'copy_file',
    attributes: { src_url: 'files/agent.swix', dst_url: '/mnt/flash/kept', mode: '0600' },
  },
];
const files = {
  'files/new.cfg': 'hostname new\n',
  'files/image': 'an image\n',
  'files/agent.swix': 'agent\n',
  'files/other.rpm': 'other\n',
  'actions/fail': "def main(attributes):\n    raise SystemExit('no more')\n",
};
const failing = siteOf([...changes, { action: 'fail' }], files);
const succeeding = siteOf(changes, files);

/** Fills a switch's flash as that of a switch in service. */
function putIntoService(simulated: SimulatedSwitch): void {
  simulated.writeFlash('rc.eos', '#!/bin/bash\ntrue # mine\n');
  simulated.writeFlash('boot-extensions', 'agent.swix\n');
  for (const folder of ['.extensions', 'kept']) mkdirSync(join(simulated.flash, folder));
  simulated.writeFlash('.extensions/agent.swix', 'the old agent\n');
  simulated.writeFlash('kept/agent.swix', 'precious\n');
  for (const name of ['startup-config', 'boot-config', '.extensions', 'kept/agent.swix']) {
    utimesSync(join(simulated.flash, name), 1_000_000_000.25, 1_100_000_000.5);
  }
}

describe.concurrent('a run by hand on a switch in service', () => {
  test('that fails leaves flash and the running configuration as they were', async (context) => {
    const server = await startServer(context, { files: failing });
    const live = await unpackSwitch(context, { startupConfig: liveConfig });
    putIntoService(live);
    await live.powerOn();
    const [flash, running] = [snapshot(live.flash, 'restored'), live.runningConfig];
    const outcome = await live.runManually(server.url);
    expect(outcome.exitCode).toBe(1);
    expect(readConsole(outcome, server.url)).toEqual(
      expect.arrayContaining([
        '-: ztps-client 3.0.0, Python X.Y.Z, started by hand on a live switch, server SERVER',
        `${serial}: FAILED: action fail failed: it called sys.exit(no more)`,
        `${serial}: put back /mnt/flash/boot-config`,
        `${serial}: put back /mnt/flash/startup-config`,
        `${serial}: put back /mnt/flash/kept/agent.swix`,
        `${serial}: flash is as it was`,
      ]),
    );
    expect(live.cliLog.map(({ command }) => command)).toContain('install source flash:EOS-4.33.1F.swi');
    expect(snapshot(live.flash, 'restored')).toEqual(flash);
    expect(live.runningConfig).toBe(running);
  });

  test('on an EOS without a unix socket for eAPI, that fails, takes back its user too', async (context) => {
    const server = await startServer(context, { files: failing });
    const live = await unpackSwitch(context, {
      version: '4.14.5F',
      startupConfig: 'hostname live\n!\nusername ztps secret 5 $1$a$b\n',
    });
    putIntoService(live);
    await live.powerOn();
    const [flash, running] = [snapshot(live.flash, 'restored'), live.runningConfig];
    const outcome = await live.runManually(server.url);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.console).toContain(`${serial}: FAILED: action fail failed: it called sys.exit(no more)`);
    expect(snapshot(live.flash, 'restored')).toEqual(flash);
    expect(live.runningConfig).toBe(running);
    expect(live.cliLog.map(({ command }) => command)).toContainEqual(
      expect.stringMatching(/^username ztps-\w+ privilege 15 secret 5 /),
    );
  });

  test('that the server refuses changes nothing', async (context) => {
    const server = await startServer(context, { files: { neighbordb: 'patterns: []\n' } });
    const live = await unpackSwitch(context, { startupConfig: liveConfig });
    putIntoService(live);
    await live.powerOn();
    const [flash, running] = [snapshot(live.flash), live.runningConfig];
    const outcome = await live.runManually(server.url);
    expect(outcome.exitCode).toBe(1);
    expect(snapshot(live.flash)).toEqual(flash);
    expect(live.runningConfig).toBe(running);
  });

  test('that succeeds leaves the new startup-config, and the eAPI settings as they were', async (context) => {
    const server = await startServer(context, {
      files: siteOf([addConfig('new.cfg')], { 'files/new.cfg': 'hostname new\n' }),
    });
    const live = await unpackSwitch(context, { startupConfig: liveConfig });
    await live.powerOn();
    const running = live.runningConfig;
    const outcome = await live.runManually(server.url);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.startupConfig).toBe('hostname new\n');
    expect(live.runningConfig).toBe(running);
  });
});

describe.concurrent('a rehearsal', () => {
  test.for([
    ['that succeeds', succeeding, 0],
    ['that fails', failing, 1],
  ] as const)(
    '%s puts back what was set aside and keeps what it made beside it',
    async ([, site, status], context) => {
      const server = await startServer(context, { files: site });
      const live = await unpackSwitch(context, { startupConfig: liveConfig });
      putIntoService(live);
      live.writeFlash('startup-config.ztp', 'of an earlier rehearsal\n');
      await live.powerOn();
      const [flash, running] = [snapshot(live.flash, 'restored'), live.runningConfig];
      const outcome = await live.runManually(server.url, ['--no-flash-factory-restore']);
      expect(outcome.exitCode, outcome.console.join('\n')).toBe(status);
      const after = snapshot(live.flash, 'restored');
      const setAside = [
        'startup-config',
        'rc.eos',
        'boot-extensions',
        '.extensions',
        '.extensions/agent.swix',
      ];
      for (const name of setAside) expect(after[name], name).toBe(flash[name]);
      expect(live.readFlash('startup-config.ztp')).toBe('hostname new\n');
      expect(live.readFlash('boot-extensions.ztp')).toBe('agent.swix force\nother.rpm\n');
      expect(live.readFlash('.extensions.ztp/other.rpm')).toBe('other\n');
      expect(live.readFlash('rc.eos.ztp')).toMatch(/^#!\/bin\/bash\nmkdir -p '\/etc' && cp /);
      expect(namesOnFlash(live)).toEqual(expect.arrayContaining(['EOS-4.33.1F.swi', '.ztp-files']));
      expect(live.runningConfig).toBe(running);
    },
  );
});
