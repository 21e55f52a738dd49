// What runs on this machine, as /proc has it: for tests that nothing is left behind.
import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of all processes that hold this text. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((name) => readCommandLine(name))
    .filter((line) => line.includes(text));
}

/** Waits until a condition holds; a test's time limit ends it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
