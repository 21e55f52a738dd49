// Lines of configs of EOS: their secrets are gone, and all the rest of each line stands. Sentences and JSON: tests/notify/mask-secrets.test.ts.

import { describe, expect, it } from 'vitest';
import { MASK, maskText } from '../../src/wire/mask-text.js';

/** Where SECRET stands, a secret does. Everything else is to be read. */
const withSecrets = [
  // Users and the switch itself.
  'username admin privilege 15 role network-admin secret sha512 SECRET',
  'username admin secret 5 SECRET',
  'username admin secret SECRET',
  'username telegraf password 7 SECRET',
  'enable password sha512 SECRET',
  'enable secret 5 SECRET',
  'aaa root secret sha512 SECRET',
  'boot secret sha512 SECRET',
  'boot secret 5 SECRET',

  // OSPFv3 with IPsec, of interfaces and areas.
  'ospfv3 authentication ipsec spi 256 sha1 SECRET',
  'ospfv3 authentication ipsec spi 256 md5 0 SECRET',
  'ospfv3 ipv6 authentication ipsec spi 34 sha1 passphrase SECRET',
  'ospfv3 ipv6 authentication ipsec spi 34 md5 passphrase 0 SECRET',
  'ospfv3 authentication ipsec spi 35 md5 passphrase 7 SECRET',
  'ospfv3 ipv4 encryption ipsec spi 34 esp aes-256-cbc 7 SECRET sha1 7 SECRET',
  'ospfv3 encryption ipsec spi 34 esp 3des-cbc SECRET md5 SECRET',
  'ospfv3 encryption ipsec spi 35 esp aes-256-cbc sha1 passphrase 7 SECRET',
  'ospfv3 encryption ipsec spi 35 esp aes-256-cbc sha1 passphrase SECRET',
  'ospfv3 encryption ipsec spi 35 esp null sha1 SECRET',
  'ipv6 ospf authentication ipsec spi 34 md5 7 SECRET',
  'ipv6 ospf encryption ipsec spi 2 esp aes-256-cbc sha1 passphrase SECRET',
  'area 0 authentication ipsec spi 35 sha1 7 SECRET',
  'area 0.0.0.0 authentication ipsec spi 34 md5 passphrase 7 SECRET',
  'area 0 encryption ipsec spi 35 esp null sha1 7 SECRET',
  'area 0.0.0.0 encryption ipsec spi 34 esp aes-128-cbc 0 SECRET md5 0 SECRET',

  // Routing.
  'ip ospf authentication-key 7 SECRET',
  'ip ospf message-digest-key 1 sha512 7 SECRET',
  'ip ospf message-digest-key 1 md5 SECRET',
  'area 0 virtual-link 10.0.0.1 message-digest-key 1 md5 7 SECRET',
  'isis authentication key 7 SECRET level-1',
  'isis authentication key-id 1 algorithm sha-1 key 7 SECRET level-2',
  'authentication key-id 1 algorithm sha-256 key SECRET',
  'authentication key 0 SECRET',
  'neighbor 10.0.0.1 password 7 SECRET',
  'neighbor SPINES password SECRET',
  'neighbor 10.0.0.1 targeted password SECRET',
  'neighbor 10.0.0.1 targeted password 7 SECRET',
  'mpls ldp password SECRET',
  'authentication index 1 password SECRET',
  'authentication index 1 password 7 SECRET',
  'vrrp 1 peer authentication text SECRET',
  'vrrp 1 peer authentication ietf-md5 key-string 7 SECRET',
  'standby 1 authentication md5 key-string SECRET',
  'standby 1 authentication md5 key-string 7 SECRET',

  // AAA, NTP, SNMP.
  'tacacs-server key 7 SECRET',
  'tacacs-server host 10.0.0.1 vrf MGMT single-connection timeout 5 key 8a SECRET',
  'radius-server host 10.0.0.1 vrf MGMT auth-port 1812 acct-port 1813 timeout 5 retransmit 3 key SECRET',
  'client ipv4 10.0.0.1 vrf MGMT key SECRET',
  'client ipv4 10.0.0.1 key 7 SECRET',
  'server host 10.0.0.1 bind-password 7 SECRET',
  'bind-password 7 SECRET',
  'bind-password SECRET',
  'ntp authentication-key 1 md5 7 SECRET',
  'ntp authentication-key 1 sha1 SECRET',
  'snmp-server community SECRET view all ro',
  'snmp-server community 7 SECRET rw SNMP-ACL',
  'no snmp-server community SECRET',
  'snmp-server host 10.0.0.1 vrf MGMT informs version 2c SECRET',
  'snmp-server user ops ops-group v3 localized f5717f00 auth sha SECRET priv aes SECRET',
  'snmp-server user ops ops-group v3 auth sha512 SECRET priv aes256 SECRET',

  // Profiles: MACsec, shared secrets, IPsec, 802.1X, mail, FTP, PPP.
  'key 0abc 7 SECRET',
  'key 0abc 8a SECRET fallback',
  'secret 1 7 SECRET receive-lifetime infinite transmit-lifetime infinite',
  'secret 1 SECRET receive-lifetime 01/01/2026 00:00:00 01/01/2027 00:00:00 transmit-lifetime infinite',
  'secret main 0 SECRET receive-lifetime infinite transmit-lifetime infinite local-time',
  'shared-key hex SECRET',
  'shared-key hex 7 SECRET',
  'shared-key 7 SECRET',
  'shared-key SECRET',
  'shared-secret 0 SECRET',
  'eap passphrase SECRET',
  'passphrase SECRET',
  'passphrase 0 SECRET',
  'passphrase 7 SECRET',
  'auth password SECRET',
  'ip ftp client password 7 SECRET',
  'ppp chap password SECRET',

  // Daemons of an operator.
  'option password value SECRET',
  'option token value SECRET',
  'option api_key value SECRET',
  'option apikey value SECRET',
  'option client-secret value SECRET',
  'option db_password_2 value SECRET',
  'option passphrase value SECRET and more of it SECRET',

  // TerminAttr.
  'exec /usr/bin/TerminAttr -cvaddr=10.0.0.1:9910 -cvauth=key,SECRET -taillogs',
  'exec /usr/bin/TerminAttr -ingestauth key,SECRET -taillogs',
  'exec /usr/bin/TerminAttr -cvauth key,SECRET -taillogs',
  'exec /usr/bin/TerminAttr -cvauth "key,SECRET" -taillogs',
  'exec /usr/bin/TerminAttr -ingestauth=key,"SECRET" -taillogs',
  'exec /usr/bin/TerminAttr -cvauth=token,SECRET -cvvrf=MGMT',
  'exec /usr/bin/TerminAttr -cvauth=token-secure,SECRET -cvvrf=MGMT',
  'exec /usr/bin/TerminAttr -cvopt DC1.addr=10.0.0.1:9910 -cvopt DC1.auth=key,SECRET -cvopt DC1.vrf=MGMT',

  // Lines of bash.
  'action bash sshpass -p SECRET scp -P 22 /mnt/flash/startup-config joe@10.0.0.1:/backup',
  'action bash sshpass -pSECRET ssh -p 2222 joe@10.0.0.1',
  "action bash sshpass -p 'SECRET' ssh joe@10.0.0.1",
  'action bash mysql -u root -h db -pSECRET inventory',
  'action bash mysql -u root -p"SECRET" inventory',
  'action bash echo SECRET | sudo passwd --stdin admin',
  'action bash echo -n "SECRET" | passwd --stdin admin',
  'action bash date; echo SECRET | sudo -S reboot',
  'action bash echo joe:SECRET | sudo chpasswd',
  'action bash sudo chpasswd <<< "joe:SECRET"',
  'action bash sudo passwd --stdin admin <<< SECRET',
  'action bash ldapsearch -x -D cn=admin -w SECRET -b dc=example',
  'action bash ipmitool -H 10.0.0.1 -U admin -P SECRET power status',
  'action bash snmpwalk -v 2c -c SECRET 10.0.0.1 sysName',
  'action bash snmpget -v 3 -u ops -a SHA -A SECRET -x AES -X SECRET 10.0.0.1',
  'action bash sudo useradd -m -p SECRET joe',
  'action bash curl -sS -u joe:SECRET https://example.com/x',
  "action bash curl https://example.com -H 'Authorization: SECRET'",
  'action bash curl ftp://joe:SECRET@example.com/x',
  'schedule backup interval 60 max-log-files 5 command bash sshpass -p SECRET ssh joe@10.0.0.1',
];

/** What only looks as if. */
const withoutSecrets = [
  'interface Ethernet1',
  'ip address 10.0.0.1/31',
  'no enable password',
  'no aaa root',
  'no username joe',
  'no neighbor 10.0.0.1 password',
  'username joe privilege 15 role network-admin nopassword',
  'username joe ssh-key ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBnoSecretAtAll joe@example.com',
  'aaa authentication login default group tacacs+ local',
  'aaa authentication policy local allow-nopassword-remote-login',
  'aaa authorization exec default group radius local',
  'management security',
  'password minimum length 8',
  'password policy STRONG',
  'password encryption-key common',
  'password encryption reversible aes-256-gcm',
  'no password minimum length',
  'session shared-secret profile BGP',
  'shared-secret profile BGP',
  'neighbor 10.0.0.1 password shared-secret profile BGP algorithm aes-128-cmac-96',
  'bfd authentication mode md5 shared-secret profile BFD',
  'ssl profile eAPI',
  'certificate eAPI.crt key eAPI.key',
  'ip ssh key-exchange curve25519-sha256@libssh.org diffie-hellman-group14-sha256',
  'key-exchange diffie-hellman-group-exchange-sha256',
  'authentication mode password',
  'authentication protocol password keyboard-interactive public-key',
  'ntp server 10.0.0.1 prefer key 1',
  'ntp server vrf MGMT 10.0.0.1 iburst key 7',
  'ntp trusted-key 1-4',
  'ntp authenticate servers',
  'key 1',
  'isis authentication mode md5 level-2',
  'ip ospf authentication message-digest',
  'authentication mode sha key-id 1 level-1',
  'authentication type md5',
  'authentication index 1 active',
  'ospfv3 authentication ipsec spi 34',
  'tunnel key 100',
  'set community 0:5 additive',
  'set community 5 additive',
  'ip community-list CUSTOMER permit 65000:1',
  'neighbor 10.0.0.1 send-community standard extended',
  'mka key-server priority 10',
  'mka session rekey-period 30',
  'cipher aes256-gcm-xpn',
  'esp encryption aes256',
  'ike-policy AES256',
  'snmp-server group ops v3 priv read all',
  'snmp-server engineID local f5717f00',
  'tacacs-server timeout 5',
  'radius-server deadtime 3',
  'option log_level value debug',
  'option token_file value /persist/secure/token',
  'exec /usr/bin/TerminAttr -cvauth=token-secure,/tmp/cv-onboarding-token -cvvrf=MGMT',
  'exec /usr/bin/TerminAttr -cvopt DC1.auth=token,/tmp/token -cvopt DC1.vrf=MGMT',
  'exec /usr/bin/TerminAttr -cvauth token,/tmp/token -keyfile /persist/secure/ssl/client.key',
  'action bash FastCli -p 15 -c "show version"',
  'action bash mysql -u root -h db inventory',
  'action bash echo saved | sudo tee /tmp/log',
  'action bash curl -sS --data-binary @/mnt/flash/startup-config -X PUT http://ztpserver:8080/nodes/JPE14140001/startup-config',
];

// As long as keys are, of letters that stand in all kinds of keys.
const hidden = 'c0ffee1234567890deadbeefc0ffee1234567890';

describe('of a line of a config', () => {
  it('masks all that is within quotes, also behind a type', () => {
    expect(maskText('password: 7 "one two" stays')).toBe(`password: ${MASK}" stays`);
    expect(maskText('enable secret 0 "one two" stays')).toBe(`enable secret 0 ${MASK} stays`);
  });

  it.each(withSecrets)('masks nothing but the secret in: %s', (template) => {
    const expected = template.replaceAll(/SECRET(?: and more of it SECRET)?/g, MASK);
    for (const indent of ['', '   ', '+', '-      ']) {
      const masked = maskText(indent + template.replaceAll('SECRET', hidden));
      expect(masked).not.toContain(hidden);
      // Quotes, and the name before a password in them, may go with it.
      const loosely = (text: string) => text.replaceAll(/(?:joe:)?["']?(?:joe:)?\*\*\*["']?/g, MASK);
      expect(loosely(masked)).toBe(loosely(indent + expected));
      expect(maskText(masked)).toBe(masked);
    }
  });

  it.each(withoutSecrets)('leaves: %s', (line) => {
    for (const indent of ['', '   ', '+', '-      ']) expect(maskText(indent + line)).toBe(indent + line);
  });
});

// Were it quadratic, each of these would take longer than the test may.
describe('of a long line', () => {
  const fragments = [
    ...[
      'key-string ',
      'passphrase ',
      '7 ',
      'secret 7 "',
      'key "a ',
      'ip ',
      'ip key ',
      'radius-server "',
      'mysql ',
    ],
    ...[
      'mysql -p"a ',
      'echo ',
      'echo a | passwd --stdin ',
      '|',
      '| sudo -S ',
      'passwd --stdin ',
      'chpasswd <<< "',
    ],
    ...[
      '-cvauth=key,"',
      'auth ',
      'auth key,',
      'option key value ',
      'esp ',
      'encryption ipsec spi 1 esp ',
      "sshpass -p'",
    ],
    ...[
      'username role ',
      'snmp-server host a vrf ',
      ' ',
      'option',
      '"ip ',
      ';ip key ',
      '-',
      '+',
      '%',
      '-U a',
    ],
  ];
  it.each(fragments)('finds the secret behind many of: %s', (fragment) => {
    const text = fragment.repeat(Math.ceil(300_000 / fragment.length));
    expect(maskText(`${text}\nenable secret ${hidden}`)).not.toContain(hidden);
  });
});
