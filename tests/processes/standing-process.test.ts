import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LineReader } from '../../src/processes/read-lines.js';
import {
  type StandingEvents,
  type StandingProcess,
  startStanding,
} from '../../src/processes/standing-process.js';
import { makeFolder } from '../data-root/temporary-folder.js';

/** Starts a shell script as a helper, and keeps what it does. */
async function start(script: string, parts: Partial<StandingEvents> = {}) {
  const folder = makeFolder();
  const events: unknown[] = [];
  let isEnded: (how: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    isEnded = resolve;
  });
  const helper: StandingProcess = await startStanding(
    {
      command: '/bin/sh',
      args: ['-c', script],
      environment: { PATH: process.env.PATH },
      workingFolder: folder,
      maxMessageBytes: 100,
    },
    {
      arrived() {},
      message: (message) => void events.push({ message }),
      wantsPrinted: () => true,
      printed: (stream, line) => void events.push({ [stream]: line }),
      ended: isEnded,
      ...parts,
    },
  );
  onTestFinished(() => helper.end());
  return { helper, events, ended, folder };
}

describe('a helper process', () => {
  it('sends and receives JSON lines on descriptor 3, apart from what it prints', async () => {
    const { helper, events, ended } = await start(
      'read -r line <&3; printf "%s\\n" "$line" >&3; echo out; echo err >&2; exit 3',
    );
    helper.send({ a: ['\u00e9\n'] });
    expect(await ended).toBe('it exited with status 3');
    expect(events).toContainEqual({ message: { a: ['\u00e9\n'] } });
    expect(events).toContainEqual({ output: 'out' });
    expect(events).toContainEqual({ error: 'err' });
    expect(events).toHaveLength(3);
  });

  it.each([
    ["echo 'no json' >&3", 'it sent something that is not JSON on file descriptor 3'],
    ['printf \'"\\377"\\n\' >&3', 'it sent something that is not JSON on file descriptor 3'],
    ['head -c 101 /dev/zero >&3', 'it sent a message of more than 100 bytes'],
  ])('that does %s is killed with what it started', async (script, how) => {
    const { events, ended, folder } = await start(`sleep 1000 & echo $! > pid; ${script}; wait`);
    expect(await ended).toBe(how);
    expect(events).toEqual([]);
    const child = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  it('is ended with what it started, and says how it ended last of all', async () => {
    const { helper, events, ended, folder } = await start(
      'sleep 1000 & echo $! > pid; printf "no end"; echo 1 >&3; wait',
    );
    await expect.poll(() => events).toContainEqual({ message: 1 });
    await helper.end();
    expect(await ended).toBe('it was ended by SIGKILL');
    expect(events.at(-1)).toEqual({ output: 'no end' });
    await expect.poll(() => isAlive(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBe(false);
  });

  it.each([
    ['a message', 'echo 1 >&3; sleep 1000', { message: stumble }],
    ['what is printed', 'echo 1; sleep 1000', { printed: stumble }],
    ['bytes', 'echo 1; sleep 1000', { arrived: stumble }],
  ])('over %s of which we stumble is killed, and that is all', async (_, script, parts) => {
    const { ended } = await start(script, parts);
    expect(await ended).toBe('what it sent could not be taken: stumbled');
  });

  it('that prints what nobody wants is not read line by line, and does not have to wait for that', async () => {
    let wanted = 3;
    let bytes = 0;
    const { events, ended } = await start('yes | head -c 1000000', {
      arrived: (stream, size) => {
        if (stream === 'output') bytes += size;
      },
      wantsPrinted: () => {
        wanted -= 1;
        return wanted >= 0;
      },
    });
    expect(await ended).toBe('it exited with status 0');
    expect(events.length).toBeLessThanOrEqual(3);
    expect(bytes).toBe(1_000_000);
  });

  it('that exits leaves nothing behind', async () => {
    const { ended, folder } = await start('sleep 1000 & echo $! > pid; exit 0');
    expect(await ended).toBe('it exited with status 0');
    await expect.poll(() => isAlive(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBe(false);
  });

  it('that is not there is an error of the system', async () => {
    const events = { arrived() {}, message() {}, wantsPrinted: () => true, printed() {}, ended() {} };
    const helper = startStanding(
      { command: '/no/such', args: [], environment: {}, workingFolder: '/', maxMessageBytes: 1 },
      events,
    );
    await expect(helper).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a reader of lines', () => {
  it.each([1, 2, 3, 7, 100])('cuts lines however they come (%i bytes at once)', (step) => {
    const found: string[] = [];
    const reader = new LineReader(4, {
      wants: () => true,
      line: (bytes) => found.push(`${bytes}.`),
      piece: (bytes) => found.push(`${bytes}`),
    });
    const bytes = Buffer.from('a\n\nbcde\nfghij\nk');
    for (let at = 0; at < bytes.length; at += step) reader.take(bytes.subarray(at, at + step));
    reader.flush();
    reader.flush();
    expect(found).toEqual(['a.', '.', 'bcde.', 'fghi', 'j.', 'k.']);
  });

  it('drops what is not wanted, uncut, and begins anew with what comes later', () => {
    const found: string[] = [];
    let left = 2;
    const reader = new LineReader(100, {
      wants: () => left > 0,
      line: (bytes) => {
        left -= 1;
        found.push(`${bytes}`);
      },
      piece: () => undefined,
    });
    reader.take(Buffer.from('a\nb\nc\nd'));
    reader.take(Buffer.from('e\nf'));
    left = 1;
    reader.take(Buffer.from('g\n'));
    reader.flush();
    expect(found).toEqual(['a', 'b', 'g']);
  });
});

function stumble(): never {
  throw new Error('stumbled');
}

/** False for a process that is gone or only waits to be reaped. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
