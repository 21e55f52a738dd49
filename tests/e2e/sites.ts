// The sites of end-to-end tests: leaves known by their cabling to two spines, each with an address of a pool; and a
// switch that is known beforehand.
import type { SwitchIdentity } from '../../src/simulator/switch-identity.js';
import type { SiteFiles } from './server-process.js';

/** What leaves are cabled to. */
export const leafCabling: SwitchIdentity['neighbors'] = {
  Ethernet49: [{ device: 'dc1-spine1', port: 'Ethernet1/1' }],
  Ethernet50: [{ device: 'dc1-spine2', port: 'Ethernet1/1' }],
  Management1: [{ device: 'dc1-oob1', port: 'Ethernet1' }],
};

/** The data root, without a definition. */
export const leafTopology: SiteFiles = {
  neighbordb: `variables:
  any_spine: regex('dc1-spine\\d+')
patterns:
  - name: leaf
    definition: leaf
    interfaces:
      - Ethernet49: $any_spine:Ethernet1/1
      - Ethernet50: $any_spine:any
`,
};

/** The data root. */
export const leafSite: SiteFiles = {
  ...leafTopology,
  'definitions/leaf': `name: leaf
actions:
  - name: system
    action: add_config
    attributes:
      url: files/templates/system.template
      substitution_mode: strict
      variables: {domain: $domain}
  - name: management address
    action: add_config
    onstart: management address is next
    onsuccess: management address is there
    attributes:
      url: files/templates/ma1.template
      variables: {ipaddress: allocate('management')}
attributes:
  domain: dc1.example.com
  variables: {gateway: 192.0.2.1}
`,
  'files/templates/system.template': `hostname leaf
dns domain $domain
!
username admin privilege 15 secret 5 $$1$$salt$$hash
!
`,
  'files/templates/ma1.template': `interface Management1
   ip address $ipaddress
!
ip route 0.0.0.0/0 $gateway
`,
  'resources/management': `# handed out in this order
192.0.2.11/24: null
192.0.2.12/24: null
192.0.2.13/24: null
`,
};

/** The startup-config of a leaf with this address. */
export function leafConfig(address: string): string {
  return `hostname leaf
dns domain dc1.example.com
!
username admin privilege 15 secret 5 $1$salt$hash
!
interface Management1
   ip address ${address}
!
ip route 0.0.0.0/0 192.0.2.1
`;
}

/** Serial number of a simulated switch, unless a test says otherwise. */
export const serial = 'SIM00000001';

/** A data root that knows one switch beforehand, whatever its cabling. Its definition has these actions, as JSON. */
export function siteOf(actions: readonly unknown[], files: SiteFiles = {}): SiteFiles {
  return {
    [`nodes/${serial}/definition`]: JSON.stringify({ name: 'static', actions }),
    [`nodes/${serial}/pattern`]: 'name: static\n',
    ...files,
  };
}

/** An action that appends this text to startup-config, for `siteOf`; its file is `files/NAME`. */
export function addConfig(name: string): unknown {
  return { action: 'add_config', attributes: { url: `files/${name}` } };
}
