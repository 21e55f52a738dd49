// What measurements of a whole server share: a neighbordb of 1,000 pods, switches that are cabled into them, and requests.

import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const pods = 1000;

/** A neighbordb with a pattern for each pod, for the definition `leaf`. */
export const neighbordb = `patterns:\n${Array.from(
  { length: pods },
  (_, pod) =>
    `- name: pod${pod}\n  definition: leaf\n  interfaces:\n` +
    `  - Ethernet49: regex('pod${pod}-spine\\d+$'):any\n  - Ethernet50: regex('pod${pod}-spine\\d+$'):any\n`,
).join('')}`;

/** What a switch posts; `index` decides in which pod it stands. */
export function report(serialnumber, index) {
  const pod = index % pods;
  const neighbors = Object.fromEntries(
    [49, 50].map((number) => [
      `Ethernet${number}`,
      [{ device: `pod${pod}-spine${number - 48}`, port: 'Ethernet1' }],
    ]),
  );
  return JSON.stringify({ serialnumber, model: 'DCS-7050SX3', version: '4.32.2F', neighbors });
}

/** An agent for switches that all ask at once. */
export const makeAgent = () => new http.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Requests to the server on a port of this machine; each resolves with the status. */
export function connectTo(port) {
  const send = (agent, method, target, body) =>
    new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port, method, path: target, agent }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      });
      request.on('error', reject);
      request.end(body);
    });
  const untilListening = async () => {
    const agent = new http.Agent();
    for (let attempt = 0; attempt < 400; attempt += 1) {
      try {
        await send(agent, 'HEAD', '/bootstrap');
        return;
      } catch {
        await sleep(50);
      }
    }
    throw new Error('the server did not start');
  };
  return { send, untilListening };
}

/** Asks for all at once. @returns how long all took, a percentile of the waits (both in milliseconds), and the statuses that came */
export async function measureAll(ids, ask) {
  const begin = performance.now();
  const waits = await Promise.all(
    ids.map(async (id, index) => {
      const asked = performance.now();
      const status = await ask(id, index);
      return { status, ms: performance.now() - asked };
    }),
  );
  const all = performance.now() - begin;
  const sorted = waits.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { all, at, statuses: [...new Set(waits.map(({ status }) => status))].join(', ') };
}
