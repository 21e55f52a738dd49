// Gets the bootstrap script as EOS does in ZTP mode, with the headers that tell the server who asks.
import type { SwitchIdentity } from './switch-identity.js';

const TIME_LIMIT_MS = 30_000;

/**
 * Fetches the script.
 * @param power aborted when the switch loses power
 * @returns the script's bytes, or why there are none
 */
export async function fetchBootstrap(
  url: URL,
  identity: SwitchIdentity,
  power: AbortSignal,
): Promise<{ readonly script: Buffer } | { readonly problem: string }> {
  try {
    const response = await fetch(url, {
      headers: {
        'X-Arista-SystemMAC': identity.systemMac,
        'X-Arista-Serial': identity.serial,
        'X-Arista-ModelName': identity.model,
        'X-Arista-HardwareVersion': '11.00',
        'X-Arista-SoftwareVersion': identity.version,
        'X-Arista-Architecture': 'x86_64',
      },
      signal: AbortSignal.any([power, AbortSignal.timeout(TIME_LIMIT_MS)]),
    });
    const body = Buffer.from(await response.arrayBuffer());
    if (response.status === 200) return { script: body };
    return { problem: `${url} answered ${response.status}: ${body.toString('utf8').trim().slice(0, 500)}` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { problem: cause instanceof Error ? `${url}: ${cause.message || cause.name}` : String(cause) };
  }
}
