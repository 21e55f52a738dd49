// Simulated switches for end-to-end tests: made and disposed of with a test, their flash told apart to the last bit,
// their console made comparable. What a switch does is in src/simulator.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';
import { MissingRequirement } from '../../src/simulator/missing-requirement.js';
import {
  type RunOutcome,
  SimulatedSwitch,
  type SimulatedSwitchOptions,
} from '../../src/simulator/simulated-switch.js';
import { DEFAULT_IDENTITY, lacksUnixSocket } from '../../src/simulator/switch-identity.js';

/** A switch that has been unpacked. Skips the test, saying what would supply it, where this machine cannot run one. */
export async function unpackSwitch(
  context: TestContext,
  options: SimulatedSwitchOptions = {},
): Promise<SimulatedSwitch> {
  await requireSimulation(context, options.version);
  const simulated = new SimulatedSwitch(options);
  context.onTestFinished(() => simulated.dispose());
  await simulated.prepare();
  return simulated;
}

/** Skips the test, saying what would supply it, where this machine cannot run a switch of this EOS. */
export async function requireSimulation(
  context: TestContext,
  version = DEFAULT_IDENTITY.version,
): Promise<void> {
  const missing = await findMissing(version);
  if (missing) context.skip(`${missing.what}: ${missing.remedy}`);
}

const asked = new Map<boolean, Promise<MissingRequirement | undefined>>();

/** What this machine lacks for a switch of this EOS; asked once, and once for those with a network of their own. */
function findMissing(version: string): Promise<MissingRequirement | undefined> {
  const look = async (): Promise<MissingRequirement | undefined> => {
    const simulated = new SimulatedSwitch({ version });
    try {
      await simulated.powerOn();
      return undefined;
    } catch (error) {
      if (error instanceof MissingRequirement) return error;
      throw error;
    } finally {
      await simulated.dispose();
    }
  };
  const answer = asked.get(lacksUnixSocket(version)) ?? look();
  asked.set(lacksUnixSocket(version), answer);
  return answer;
}

/** Boots a switch in ZTP mode and makes sure that it came out provisioned. */
export async function provision(simulated: SimulatedSwitch, url: string): Promise<RunOutcome> {
  const outcome = await simulated.boot(url);
  expect(outcome.exitCode, outcome.console.join('\n')).toBe(0);
  return outcome;
}

/** Boots a switch in ZTP mode, one attempt, and makes sure that this failed. */
export async function failToProvision(simulated: SimulatedSwitch, url: string): Promise<RunOutcome> {
  const outcome = await simulated.boot(url);
  expect(outcome.exitCode, outcome.console.join('\n')).toBe(1);
  return outcome;
}

/**
 * Everything below a folder: kind, mode, times, content. Equal snapshots mean that nothing at all was changed; with
 * `restored`, which leaves out the times of folders, that every file is there again as it was.
 */
export function snapshot(
  folder: string,
  how: 'untouched' | 'restored' = 'untouched',
): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name);
    const status = lstatSync(path, { bigint: true });
    const time = status.isDirectory() && how === 'restored' ? '' : status.mtimeNs;
    const content = status.isSymbolicLink()
      ? `-> ${readlinkSync(path)}`
      : status.isFile()
        ? readFileSync(path).toString('latin1')
        : 'folder';
    entries[name] = `${status.mode.toString(8)} ${time} ${content}`;
  }
  return entries;
}

/** Names of everything on flash, sorted. */
export function namesOnFlash(simulated: SimulatedSwitch): string[] {
  return readdirSync(simulated.flash, { recursive: true, encoding: 'utf8' }).sort();
}

/** What the console says, without what differs from run to run: addresses, Python's version, sizes of our files, pauses. */
export function readConsole(outcome: RunOutcome, url: string): string[] {
  return outcome.console.map((line) =>
    line
      .replaceAll(url, 'SERVER')
      .replace(/Python \d+\.\d+\.\d+/, 'Python X.Y.Z')
      .replace(/ztp-bootstrap\.\w+/, 'ztp-bootstrap.XXXXXX')
      .replace(/(fetched actions\/\S+) \([\d.]+ \w+, verified\)/, '$1')
      .replace(/next try in [\d.]+ seconds/, 'next try in N seconds'),
  );
}
