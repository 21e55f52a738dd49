// Calls of Linux that Node.js lacks. Numbers in, the system's error out; what they are for is not known here.

import { constants } from 'node:os';
import { getSystemErrorMap, getSystemErrorName } from 'node:util';
import koffi from 'koffi';

const libc = koffi.load(null);
const callFlock = libc.func('int flock(int fd, int operation)');
const callFcntl = libc.func('int fcntl(int fd, int command, int argument)');
const callRename = findRename();

// flock(2), fcntl(2), renameat2(2): the same on every architecture of Linux.
const LOCK_EX = 2;
const LOCK_NB = 4;
const F_SETSIG = 10;
const F_SETLEASE = 1024;
const F_RDLCK = 0;
const F_UNLCK = 2;
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
 * True if anybody, in any process, has an open file open for writing: the kernel gives a read lease only if nobody has. The
 * lease is let go of at once; who opens the file in that moment waits for that, and the signal about it is one that is ignored.
 * @param fd open for reading
 * @returns null if the kernel does not tell: the file is another user's, or its file system has no leases
 */
export function isOpenForWriting(fd: number): boolean | null {
  callFcntl(fd, F_SETSIG, constants.signals.SIGURG);
  if (callFcntl(fd, F_SETLEASE, F_RDLCK) === 0) {
    callFcntl(fd, F_SETLEASE, F_UNLCK);
    return false;
  }
  return lastError('fcntl').code === 'EAGAIN' ? true : null;
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
