// What a simulated switch says it is: model, numbers, version, neighbors. Pure data; checked where it comes in.

/** The other end of one cable. */
export interface LinkEnd {
  readonly device: string;
  readonly port: string;
}

/** Who a simulated switch is and what it is cabled to. */
export interface SwitchIdentity {
  readonly model: string;
  /** Empty as on vEOS. */
  readonly serial: string;
  /** `00:1c:73:00:00:01` */
  readonly systemMac: string;
  /** EOS version, such as `4.32.2F`. */
  readonly version: string;
  /** Interface → what LLDP sees there. */
  readonly neighbors: Readonly<Record<string, readonly LinkEnd[]>>;
}

/** A leaf of the demo site. */
export const DEFAULT_IDENTITY: SwitchIdentity = {
  model: 'DCS-7050SX3-48YC8',
  serial: 'SIM00000001',
  systemMac: '00:1c:73:00:00:01',
  version: '4.32.2F',
  neighbors: {
    Ethernet49: [{ device: 'dc1-spine1', port: 'Ethernet1/1' }],
    Ethernet50: [{ device: 'dc1-spine2', port: 'Ethernet1/1' }],
    Management1: [{ device: 'dc1-oob1', port: 'Ethernet1' }],
  },
};

/** Whether this EOS lacks the unix socket of eAPI, which came after 4.14.5. */
export function lacksUnixSocket(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version
    .split(/[.-]/)
    .map((part) => Number.parseInt(part, 10) || 0);
  if (major !== 4) return major < 4;
  return minor < 14 || (minor === 14 && patch <= 5);
}
