// Two calls of Linux that Node.js lacks. Numbers in, the system's error out; what they are for is not known here.

import { getSystemErrorMap, getSystemErrorName } from 'node:util';
import koffi from 'koffi';

const libc = koffi.load(null);
const callFlock = libc.func('int flock(int fd, int operation)');
const callRename = findRename();

// flock(2), renameat2(2): the same on every architecture of Linux.
const LOCK_EX = 2;
const LOCK_NB = 4;
const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;

/**
 * Takes the lock of an open file for this descriptor, if nobody has it. The kernel releases it when the descriptor is
 * closed, also when the process is killed.
 * @returns `busy` if somebody else has it, `unsupported` if this file system has no such locks (NFS, for folders)
 * @throws what the system says
 */
export function tryLock(fd: number): 'taken' | 'busy' | 'unsupported' {
  if (callFlock(fd, LOCK_EX | LOCK_NB) === 0) return 'taken';
  const error = lastError('flock');
  if (error.code === 'EAGAIN') return 'busy';
  if (['EBADF', 'ENOLCK', 'ENOSYS', 'ENOTSUP', 'EINVAL'].includes(error.code)) return 'unsupported';
  throw error;
}

/**
 * Swaps two names of one file system at once: there is no moment at which either is missing.
 * @returns false if this file system, or this system's C library (older musl), can not do that
 * @throws what the system says, `ENOENT` if one of them is missing
 */
export function exchangeNames(one: string, other: string): boolean {
  if (callRename === null) return false;
  if (callRename(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) === 0) return true;
  const error = lastError('renameat2');
  if (['EINVAL', 'ENOSYS', 'ENOTSUP'].includes(error.code)) return false;
  throw error;
}

function findRename() {
  try {
    return libc.func(
      'int renameat2(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned int flags)',
    );
  } catch {
    return null;
  }
}

/** The system's error in the shape that node:fs gives it, so that nobody has to tell them apart. */
function lastError(call: string): Error & { readonly code: string; readonly errno: number } {
  const errno = -koffi.errno();
  const code = getSystemErrorName(errno);
  const words = getSystemErrorMap().get(errno)?.[1] ?? code;
  return Object.assign(new Error(`${code}: ${words}, ${call}`), { code, errno });
}
