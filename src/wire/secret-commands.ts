// Which commands of EOS hold a secret, and where in them it stands; and which only look as if. mask-commands.ts reads these:
//   ^        the command begins with what follows; without it, it may stand within a line, such as behind words of a log
//   a|b      either word              *      any word            #      a number
//   …        up to 24 words           [a *]  absent, once, or more often
//   KEYWORD  password, secret, key…   TYPE   what says how a secret is written: 0, 7, 8a, sha512, md5, hex…
//   NAME     a word that names a secret, such as `api_key`
//   SECRET   the secret, within quotes or a word, with or without a TYPE before it
//   REST     a secret of any number of words, to the end of the line
//   END      nothing follows
//   FEW      what is left of the command, if that is not more than four words
// Of the patterns that begin with a word, the first that matches counts; so those that show more stand further up.

/** What looks like a secret and is none. */
export const harmless: readonly string[] = [
  // management security: policies for passwords
  'password minimum|maximum length #',
  'password policy *',
  'password encryption reversible *',
  'password encryption-key common',
  // A profile's name, not a secret: neighbor X password shared-secret profile P; bfd authentication mode md5 shared-secret profile P
  'neighbor * password shared-secret profile *',
  'shared-secret profile *',
  // The number of a key: ntp server X key 1; key 1 (of a chain)
  '^ntp server|peer … key #',
  '^key # END',
  // mac security: key source, which has no key
  '^key source|retirement *',
  // route-map: communities of BGP
  'set|match community|extcommunity|large-community',
  // A sentence.
  'username and|or|nor|& *',
];

/** What holds a secret. */
export const secretCommands: readonly string[] = [
  // Users and this switch's own passwords: username X role R secret sha512 …; enable password …; aaa root secret …; boot secret …
  'username * [privilege|role|shell|view|level *] secret|password SECRET',
  'enable|root|boot KEYWORD SECRET',

  // snmp-server community C ro; host H vrf V traps version 2c C; user U G v3 localized E auth sha A priv aes P
  'snmp-server|snmp|cli:snmp-server community SECRET',
  'snmp-server host * [vrf *] [traps|informs] [version 1|2c] [version 3 noauth|auth|priv] SECRET',
  'auth|priv TYPE SECRET',

  // AAA: tacacs-server host H key 7 …; radius proxy: client ipv4 H vrf V key 7 …; ldap: server host H bind-password 7 …
  'tacacs-server|radius-server|ldap-server … key SECRET',
  '^client ipv4|ipv6|host * [vrf *] key SECRET',
  'bind-password SECRET',

  // OSPFv3, of an interface or an area: authentication ipsec spi 34 md5 passphrase 7 …; encryption ipsec spi 34 esp aes-256-cbc 7 … sha1 7 …
  'authentication ipsec spi * SECRET',
  'encryption ipsec spi * esp * md5|sha1 SECRET',
  'encryption ipsec spi * esp * SECRET [md5|sha1 SECRET]',

  // Routing: neighbor X password 7 …; isis authentication key-id 1 algorithm sha-1 key 7 …; router isis: authentication key …;
  // mpls ldp: neighbor X targeted password …; mpls rsvp: authentication index 1 password …
  'neighbor * [targeted] password SECRET',
  '^authentication key-id # algorithm * key SECRET',
  '^authentication key SECRET',
  '^authentication index # password SECRET',
  '^vrrp|standby … authentication SECRET',

  // ip ospf authentication-key …, message-digest-key 1 md5 …; ntp authentication-key 1 md5 …; key-string of a chain, vrrp, standby
  'authentication-key|message-digest-key|key-string SECRET',
  // ip security: shared-key hex …; cvx: shared-secret …; radius: client-key …, and their like
  'shared-key|shared-secret|pre-shared-key|encryption-key|session-key|client-key|auth-key|priv-key SECRET',

  // daemon: option api_key value …
  'option NAME value REST',
  // email: auth password …; dot1x supplicant: eap passphrase …
  '^auth|eap KEYWORD SECRET',

  // Of any command, since what is written like this is a secret: password 7 …, passphrase 0 …; secret 1 7 … receive-lifetime infinite
  'KEYWORD TYPE SECRET',
  'KEYWORD # TYPE SECRET',
  // mac security: key NAME 7 … fallback; management security, shared-secret profile: secret NAME … receive-lifetime infinite
  '^key|secret * TYPE SECRET',
  '^secret * SECRET receive-lifetime|transmit-lifetime|local-time',
  // passphrase …; password …; key …
  '^KEYWORD FEW',
  // Commands that nobody begins a sentence with: ip ftp client password …; isis authentication key …; mpls ldp password …; ppp chap password …
  '^aaa|crypto|dot1x|ip|ipv6|isis|ldap|mka|mpls|ntp|ospfv3|ppp|radius|standby|tacacs|vrrp … KEYWORD SECRET',
];

/** Programs that are given a secret behind a flag, as in `action bash` of an event-handler. */
export const secretFlags: readonly (readonly [program: RegExp, flag: RegExp])[] = [
  // Within one word: mysql -pSECRET. A space behind it would ask for it.
  [/^(?:mysql|mysqldump|mysqladmin|mariadb)$/, /^-p(?=.)/],
  [/^sshpass$/, /^-p/],
  // What sshpass starts: for these, -p is a port and the like.
  [/^(?:ssh|scp|sftp|rsync)$/, /^(?!)/],
  [/^user(?:add|mod)$/, /^-p$|^--password$/],
  [/^ldap(?:search|modify|add|delete|whoami|passwd)$/, /^-w/],
  [/^ipmitool$/, /^-P/],
  [/^snmp(?:get|getnext|walk|bulkget|bulkwalk|set|trap|inform)$/, /^-[cAX]/],
  [/^redis-cli$/, /^-a$/],
  [/^smbclient$/, /^(?:-U)?[^\s%]+%(?=.)/],
];
