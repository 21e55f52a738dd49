// The running configuration of a simulated switch, line by line.
import { describe, expect, test } from 'vitest';
import { RunningConfig } from '../../src/simulator/running-config.js';

function enter(config: RunningConfig, ...lines: readonly string[]): string[] {
  let section: string[] = [];
  for (const line of lines) section = config.enter(section, line);
  return section;
}

const LIVE = `hostname leaf1
!
username admin privilege 15 secret 5 $1$a$b
!
interface Ethernet1
   description to spine
   no switchport
!
router bgp 65001
   neighbor 10.0.0.1 remote-as 65000
   vlan 10
      rd 1:1
   address-family evpn
      neighbor x activate
!
management api http-commands
   protocol unix-socket
   no shutdown
   vrf MGMT
      no shutdown
`;

describe('the running configuration', () => {
  test('shows a startup-config as it was written, sections nested', () => {
    expect(RunningConfig.parse(LIVE).render().replaceAll('!\n', '')).toBe(LIVE.replaceAll('!\n', ''));
  });

  test('typed lines go into the section that is open, and nested ones open further', () => {
    const config = new RunningConfig();
    enter(
      config,
      'router bgp 65001',
      'neighbor 10.0.0.1 remote-as 65000',
      'vlan 10',
      'rd 1:1',
      'address-family evpn',
      'neighbor x activate',
      'interface Ethernet1',
      'no switchport',
    ); // prettier-ignore
    expect(config.render()).toBe(
      'router bgp 65001\n   neighbor 10.0.0.1 remote-as 65000\n   vlan 10\n      rd 1:1\n' +
        '   address-family evpn\n      neighbor x activate\n!\ninterface Ethernet1\n   no switchport\n',
    );
  });

  test('a line of the whole switch ends an open section', () => {
    const config = new RunningConfig();
    const open = enter(config, 'management api http-commands', 'no shutdown', 'hostname leaf1');
    expect(open).toEqual([]);
    expect(config.lines([])).toEqual(['management api http-commands', 'hostname leaf1']);
  });

  test('a section that only says what is so by default does not show', () => {
    const config = new RunningConfig();
    enter(config, 'management api http-commands', 'no shutdown', 'protocol https', 'shutdown');
    expect(config.render()).toBe('');
  });

  test('`no` takes lines and sections away, whatever follows what it names', () => {
    const config = RunningConfig.parse(LIVE);
    enter(config, 'no username admin');
    enter(config, 'no router bgp 65001');
    enter(config, 'interface Ethernet1', 'no description');
    enter(config, 'management api http-commands', 'no protocol unix-socket');
    expect(config.lines([])).toEqual([
      'hostname leaf1',
      'interface Ethernet1',
      'management api http-commands',
    ]);
    expect(config.lines(['interface Ethernet1'])).toEqual(['no switchport']);
    expect(config.lines(['management api http-commands'])).toEqual(['no shutdown', 'vrf MGMT']);
  });

  test('what a switch has once is replaced, what it can have often is added', () => {
    const config = RunningConfig.parse(LIVE);
    enter(
      config,
      'hostname leaf2',
      'ntp server 10.0.0.1',
      'ntp server 10.0.0.2',
      'username admin secret 5 x',
    );
    expect(config.lines([]).filter((line) => /^(hostname|ntp|username)/.test(line))).toEqual([
      'hostname leaf2',
      'username admin secret 5 x',
      'ntp server 10.0.0.1',
      'ntp server 10.0.0.2',
    ]);
  });

  test('a banner is kept with its text', () => {
    const text = 'banner motd\n!! keep out\n   friends excepted\nEOF\n';
    expect(RunningConfig.parse(text).render()).toBe(text);
  });

  test('as JSON, lines are keys and sections have lines below', () => {
    const config = RunningConfig.parse('hostname x\nrouter bgp 1\n   vrf A\n      rd 1:1\n');
    expect(config.toJson()).toEqual({
      'hostname x': null,
      'router bgp 1': { cmds: { 'vrf A': { cmds: { 'rd 1:1': null }, comments: [] } }, comments: [] },
    });
  });
});
