// Allocation from file pools, in this process, without HTTP: pools of 1,000, 10,000 and 100,000 values, asked by 1, 100 and 1,000
// at the same time (in waves: all ask at once, and again when all have been answered), every answer durable. Each wave's
// askers are new, so that every answer is a value that was free. Every other wave stands a plain write of a file of the same
// size (aside, fsync, rename, fsync of the folder), with nothing of ours in it: the column "writing".
// "own CPU" is the processor time in user mode per answer: finding the value, changing the text, seeing that nobody else
// changed the file. (What the kernel does is writing.) It must not grow with the pool.
// Wall time; the disk's and the machine's other work is in it, so run it three times and compare the smallest.

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDataRoot } from '../dist/data-root/data-root.js';

const sizes = [1_000, 10_000, 100_000];
const askerCounts = [1, 100, 1_000];
const answersWanted = { 1: 300, 100: 5_000, 1000: 10_000 };
const silent = { debug() {}, info() {}, warning() {}, error() {} };

const root = mkdtempSync(path.join(tmpdir(), 'ztps-bench-'));
mkdirSync(path.join(root, 'resources'));
const file = path.join(root, 'resources', 'pool');
try {
  console.log('| values | askers | answers | per second | p50, ms | p99, ms | writing, ms | own CPU, ms |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const size of sizes) for (const askers of askerCounts) console.log(await measure(size, askers));
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function measure(size, askers) {
  const waits = [];
  const writes = [];
  let spent = 0;
  let cpu = 0;
  while (waits.length < answersWanted[askers]) {
    writeFileSync(
      file,
      Array.from(
        { length: size },
        (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/24: null\n`,
      ).join(''),
    );
    const { pools } = openDataRoot(root, [], silent);
    await pools.preview('pool', 'nobody');
    const waves = Math.min(
      Math.floor(size / askers),
      Math.ceil((answersWanted[askers] - waits.length) / askers),
    );
    for (let wave = 0; wave < waves; wave += 1) {
      writes.push(writePlainly(size * 20));
      const begin = performance.now();
      const cpuBefore = process.cpuUsage();
      await Promise.all(
        Array.from({ length: askers }, async (_, index) => {
          const asked = performance.now();
          await pools.allocate('pool', `S${wave}-${index}`);
          waits.push(performance.now() - asked);
        }),
      );
      spent += performance.now() - begin;
      cpu += process.cpuUsage(cpuBefore).user / 1000;
    }
    await pools.close();
  }
  const at = (list, share) =>
    list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
  return `| ${[
    size,
    askers,
    waits.length,
    Math.round((waits.length / spent) * 1000),
    at(waits, 0.5).toFixed(2),
    at(waits, 0.99).toFixed(2),
    at(writes, 0.5).toFixed(2),
    (cpu / waits.length).toFixed(2),
  ].join(' | ')} |`;
}

function writePlainly(bytes) {
  const content = Buffer.alloc(bytes, 'x');
  const aside = path.join(root, 'plain.new');
  const begin = performance.now();
  const out = openSync(aside, 'w');
  writeSync(out, content);
  fsyncSync(out);
  closeSync(out);
  renameSync(aside, path.join(root, 'plain'));
  const folder = openSync(root, 'r');
  fsyncSync(folder);
  closeSync(folder);
  return performance.now() - begin;
}
