// Says by name what this machine lacks for a simulated switch, and the command or setting that supplies it.
// It looks; it changes nothing.
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The machine cannot run a simulated switch. The message has what is missing and what supplies it. */
export class MissingRequirement extends Error {
  override name = 'MissingRequirement';

  /**
   * @param what what is missing, as a clause
   * @param remedy the command or the setting that supplies it
   */
  constructor(
    readonly what: string,
    readonly remedy: string,
  ) {
    super(`This machine cannot run a simulated switch: ${what}. To supply it: ${remedy}`);
  }
}

/**
 * Absolute path of a program of the system.
 * @throws MissingRequirement that names the Debian package.
 */
export function requireProgram(name: string, debianPackage: string): string {
  for (const folder of ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin']) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  throw new MissingRequirement(`there is no ${name}`, `apt-get install ${debianPackage}`);
}

const SETTINGS = [
  {
    name: 'kernel.unprivileged_userns_clone',
    path: 'kernel/unprivileged_userns_clone',
    forbids: '0',
    wanted: '1',
  },
  {
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    path: 'kernel/apparmor_restrict_unprivileged_userns',
    forbids: '1',
    wanted: '0',
  },
  { name: 'user.max_user_namespaces', path: 'user/max_user_namespaces', forbids: '0', wanted: '15000' },
  { name: 'user.max_mnt_namespaces', path: 'user/max_mnt_namespaces', forbids: '0', wanted: '15000' },
];

/**
 * Explains why namespaces could not be made.
 * @param output what `unshare` or the script in it printed
 * @param ordinary whether an ordinary user tried, through a user namespace
 */
export function explainRefusedNamespace(output: string, ordinary: boolean): MissingRequirement {
  const what = `its namespaces were refused (${output.trim().split('\n').at(-1) || 'no reason given'})`;
  if (!ordinary) {
    return new MissingRequirement(
      what,
      'in a container, start it with --privileged (mounts need CAP_SYS_ADMIN and no seccomp or AppArmor profile)',
    );
  }
  for (const setting of SETTINGS) {
    if (readSetting(setting.path) === setting.forbids) {
      return new MissingRequirement(what, `sudo sysctl ${setting.name}=${setting.wanted}, or run it as root`);
    }
  }
  return new MissingRequirement(what, 'run it as root (in a container: start that with --privileged)');
}

function readSetting(path: string): string | undefined {
  try {
    return readFileSync(join('/proc/sys', path), 'utf8').trim();
  } catch {
    return undefined;
  }
}
