// Which show commands a simulated switch takes: those that it shows, those that EOS knows, and no others.
import { describe, expect, test } from 'vitest';
import { RunningConfig } from '../../src/simulator/running-config.js';
import { show } from '../../src/simulator/show-commands.js';

const STATE = {
  identity: {
    model: 'DCS-7050SX3-48YC8',
    serial: 'SIM00000001',
    systemMac: '00:1c:73:00:00:01',
    version: '4.32.2F',
    neighbors: {},
  },
  runningConfig: new RunningConfig(),
  hostname: 'leaf1',
  startupConfig: undefined,
  softwareImage: undefined,
  bootedAt: 0,
};

describe('show', () => {
  test.each(['show version', 'sh ver', 'show hostname', 'show run'])('%s answers', (command) => {
    expect(show(command, STATE)?.text).not.toBe('');
  });

  test.each(['show clock', 'show ip bgp summary', 'show interfaces status', 'sh inv'])(
    '%s answers as for something that is not configured',
    (command) => {
      expect(show(command, STATE)).toEqual({ json: {}, text: '' });
    },
  );

  test.each(['show nonsense', 'show versions', 'sh qq'])('%s is no command', (command) => {
    expect(show(command, STATE)).toBeUndefined();
  });
});
