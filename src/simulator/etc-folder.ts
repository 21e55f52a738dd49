// Makes the /etc that a simulated switch boots with: accounts as EOS has them, the rest copied from this machine
// so that its programs run. It writes only below the folder it is given.
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files only: of the folders below /etc the switch has layers. Links are followed, since they may lead to /run. */
const COPIED = [
  'ca-certificates.conf',
  'debian_version',
  'environment',
  'gai.conf',
  'host.conf',
  'inputrc',
  'ld.so.cache',
  'ld.so.conf',
  'localtime',
  'login.defs',
  'magic',
  'mime.types',
  'nsswitch.conf',
  'os-release',
  'pam.conf',
  'profile',
  'protocols',
  'resolv.conf',
  'rpc',
  'services',
  'shells',
]; // prettier-ignore

/** `name:password:uid:gid:comment:home:shell`, as in passwd(5). */
const USERS = [
  'root:x:0:0:root:/root:/bin/bash',
  'bin:x:1:1:bin:/bin:/sbin/nologin',
  'daemon:x:2:2:daemon:/sbin:/sbin/nologin',
  'mail:x:8:12:mail:/var/spool/mail:/sbin/nologin',
  'nobody:x:99:99:Nobody:/:/sbin/nologin',
  'admin:x:500:88:EOS admin:/var/home/admin:/bin/bash',
];

/** `name:password:gid:members`, as in group(5). */
const GROUPS = [
  'root:x:0:root',
  'bin:x:1:',
  'daemon:x:2:',
  'sys:x:3:',
  'adm:x:4:',
  'tty:x:5:',
  'disk:x:6:',
  'wheel:x:10:root',
  'mail:x:12:',
  'shadow:x:42:',
  'eosadmin:x:88:',
  'nobody:x:99:',
  'users:x:100:',
]; // prettier-ignore

/**
 * Fills a folder as a booting switch's /etc.
 * @param folder existing empty folder
 * @param release what `/etc/Eos-release` says, such as `4.32.2F`
 */
export async function makeEtcFolder(folder: string, release: string): Promise<void> {
  // What this machine lacks or does not show, the switch does without.
  await Promise.all(COPIED.map((name) => copyFile(join('/etc', name), join(folder, name)).catch(() => {})));
  const shadow = USERS.map((line) => `${line.split(':')[0]}:*:18000:0:99999:7:::`);
  const gshadow = GROUPS.map((line) => `${line.split(':')[0]}:!::`);
  const lines: Record<string, readonly string[]> = {
    passwd: USERS,
    group: GROUPS,
    shadow,
    gshadow,
    hosts: ['127.0.0.1 localhost', '::1 localhost'],
    hostname: ['localhost'],
    'Eos-release': [`Arista Networks EOS ${release}`],
  };
  for (const [name, content] of Object.entries(lines)) {
    const mode = name.endsWith('shadow') ? 0o600 : 0o644;
    await writeFile(join(folder, name), `${content.join('\n')}\n`, { mode });
  }
}
