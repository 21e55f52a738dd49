// Whether this machine can run a simulated switch: asked once by suites that need one, so that they can skip by name.
import { MissingRequirement } from '../../src/simulator/missing-requirement.js';
import { SimulatedSwitch, type SimulatedSwitchOptions } from '../../src/simulator/simulated-switch.js';

/** Why not, with the command that would supply it; undefined if it can. */
export async function whyNotSimulated(options: SimulatedSwitchOptions = {}): Promise<string | undefined> {
  const simulated = new SimulatedSwitch(options);
  try {
    await simulated.powerOn();
    return undefined;
  } catch (error) {
    if (error instanceof MissingRequirement) return error.message;
    throw error;
  } finally {
    await simulated.dispose();
  }
}
