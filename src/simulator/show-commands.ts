// What `show …` says on a simulated switch, as data and as text. It reads; nothing here changes the switch.
import { RunningConfig } from './running-config.js';
import type { SwitchIdentity } from './switch-identity.js';

/** What a command answers: as eAPI's JSON and as the console's text. */
export interface CliAnswer {
  readonly json: Record<string, unknown>;
  readonly text: string;
}

/** What show commands look at. */
export interface ShownState {
  readonly identity: SwitchIdentity;
  readonly runningConfig: RunningConfig;
  readonly hostname: string;
  /** Text of `/mnt/flash/startup-config`, if it is there. */
  readonly startupConfig: string | undefined;
  /** `SWI=` of boot-config, if it is there. */
  readonly softwareImage: string | undefined;
  /** Seconds since 1970. */
  readonly bootedAt: number;
}

const ARCHITECTURE = 'x86_64';

/** The commands, by their full words; each word may be shortened on the command line. */
const SHOWN: Readonly<Record<string, (state: ShownState) => CliAnswer>> = {
  'show version': showVersion,
  'show hostname': (state) => ({
    json: { hostname: state.hostname, fqdn: state.hostname },
    text: `Hostname: ${state.hostname}\nFQDN:     ${state.hostname}\n`,
  }),
  'show lldp neighbors': showLldpNeighbors,
  'show running-config': (state) => showRunningConfig(state),
  'show startup-config': (state) => ({
    json: { cmds: RunningConfig.parse(state.startupConfig ?? '').toJson(), comments: [] },
    text: state.startupConfig ?? '',
  }),
  'show boot-config': (state) => ({
    json: {
      softwareImage: state.softwareImage ?? '(not set)',
      consoleSpeed: '(not set)',
      abootPassword: '(not set)',
      memTestIterations: 0,
    },
    text:
      `Software image: ${state.softwareImage ?? '(not set)'}\nConsole speed: (not set)\n` +
      'Aboot password (encrypted): (not set)\nMemory test iterations: (not set)\n',
  }),
};

/** First words after `show` that EOS knows: what is about none of them is refused. */
const KNOWN_WORDS = (
  'aaa active agent aliases archive arp as-path banner bfd bgp boot boot-config boot-extensions bridge bug-alert ' +
  'capabilities class-map cli clock command-api community-list configuration control-plane cpu cvx daemon ' +
  'dhcp directory dns dot1x dynamic email environment errdisable errors etherchannel event-handler event-monitor ' +
  'extensions file filesystems flow flowcontrol gnmi hardware history hosts hostname igmp installed interfaces ' +
  'inventory ip ipv6 isis kernel l2 l2-vpn lacp lanz lldp load-balance load-interval locator-led logging loop-protection ' +
  'mac maintenance management memory mlag module monitor mpls multicast ntp openflow ospf packet path-selection pbr ' +
  'peer-filter platform policy-map poe port port-channel port-security power privilege processes ptp qos queue-monitor ' +
  'radius redundancy reload rib rip rmon role roles route route-map router routing-context rsvp running-config ' +
  'schedule scheduler script security segment-routing service sessions sflow snmp spanning-tree ssh startup-config ' +
  'storm-control switch system tacacs tap tech-support telemetry temperature terminal tracking traffic-policy ' +
  'transceiver trident trunk tunnel uptime user-account users username version virtual-router vlan vmtracer vrf vrrp ' +
  'vxlan watchdog xcvr zerotouch'
).split(' ');

/**
 * The answer to a show command, without its output filters. What this switch does not show but EOS may, answers
 * with nothing, as for something that is not configured; undefined if EOS knows no such command either.
 */
export function show(command: string, state: ShownState): CliAnswer | undefined {
  const section = /^sh\S* run\S* sec\S* (.+)$/.exec(command)?.[1];
  if (section !== undefined) return showRunningConfig(state, section.replace(/^"|"$/g, ''));
  for (const [words, answer] of Object.entries(SHOWN)) {
    if (isShortFor(command, words)) return answer(state);
  }
  if (/^sh\S* run/.test(command)) return showRunningConfig(state);
  const subject = command.split(/\s+/)[1]?.toLowerCase() ?? '';
  if (subject === '' || !KNOWN_WORDS.some((word) => word.startsWith(subject))) return undefined;
  return { json: {}, text: '' };
}

/** Whether a typed command is these words, each perhaps cut short to two letters or more. */
export function isShortFor(typed: string, words: string): boolean {
  const given = typed.split(/\s+/);
  const full = words.split(' ');
  return (
    given.length === full.length &&
    given.every((word, index) => word.length >= 2 && (full[index] ?? '').startsWith(word.toLowerCase()))
  );
}

function showVersion({ identity, bootedAt }: ShownState): CliAnswer {
  const uptime = Math.max(0, Date.now() / 1000 - bootedAt);
  return {
    json: {
      mfgName: 'Arista',
      modelName: identity.model,
      hardwareRevision: '11.00',
      serialNumber: identity.serial,
      systemMacAddress: identity.systemMac,
      hwMacAddress: identity.systemMac,
      configMacAddress: '00:00:00:00:00:00',
      version: identity.version,
      architecture: ARCHITECTURE,
      internalVersion: identity.version,
      internalBuildId: '00000000-0000-0000-0000-000000000000',
      imageFormatVersion: '3.0',
      imageOptimization: 'Default',
      bootupTimestamp: bootedAt,
      uptime,
      memTotal: 8_000_000,
      memFree: 5_000_000,
      isIntlVersion: false,
    },
    text:
      `Arista ${identity.model}\nHardware version: 11.00\nSerial number: ${identity.serial}\n` +
      `Hardware MAC address: ${identity.systemMac}\nSystem MAC address: ${identity.systemMac}\n\n` +
      `Software image version: ${identity.version}\nArchitecture: ${ARCHITECTURE}\n` +
      `Internal build version: ${identity.version}\n\nUptime: ${Math.floor(uptime / 60)} minutes\n` +
      'Total memory: 8000000 kB\nFree memory: 5000000 kB\n',
  };
}

function showLldpNeighbors({ identity }: ShownState): CliAnswer {
  const lldpNeighbors = Object.entries(identity.neighbors).flatMap(([port, ends]) =>
    ends.map((end) => ({ port, neighborDevice: end.device, neighborPort: end.port, ttl: 120 })),
  );
  const rows = lldpNeighbors.map((row) =>
    [row.port.padEnd(15), row.neighborDevice.padEnd(30), row.neighborPort.padEnd(25), row.ttl].join(' '),
  );
  return {
    json: {
      tablesLastChangeTime: 0,
      tablesInserts: lldpNeighbors.length,
      tablesDeletes: 0,
      tablesDrops: 0,
      tablesAgeOuts: 0,
      lldpNeighbors,
    },
    text: `${['Port'.padEnd(15), 'Neighbor Device ID'.padEnd(30), 'Neighbor Port ID'.padEnd(25), 'TTL'].join(' ')}\n${rows.map((row) => `${row}\n`).join('')}`,
  };
}

/** `show running-config`, whole or one section of it. */
export function showRunningConfig(
  state: Pick<ShownState, 'identity' | 'runningConfig' | 'hostname'>,
  section?: string,
): CliAnswer {
  const { identity, runningConfig, hostname } = state;
  const body = runningConfig.render(section);
  const header = `! device: ${hostname} (${identity.model}, EOS-${identity.version})`;
  return {
    json: { header: [header], cmds: runningConfig.toJson(), comments: [] },
    text: section === undefined ? `! Command: show running-config\n${header}\n!\n${body}!\nend\n` : body,
  };
}
