// The certificates in `ca =`, read anew for each connection, so that a renewed file counts without a restart.

import { readFile } from 'node:fs/promises';
import type { TlsSettings } from '../config/notify-settings.js';

/** The certificates (PEM) to trust; undefined for the system's. Rejects with file, reason and mend. */
export async function readCa({ ca }: TlsSettings): Promise<string | undefined> {
  if (ca === null) return undefined;
  const text = await readFile(ca, 'utf8').catch((error: unknown) => {
    throw new Error(`ca = ${ca} can not be read: ${error instanceof Error ? error.message : error}`);
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new Error(`ca = ${ca} holds no certificate; wanted: PEM, beginning with -----BEGIN CERTIFICATE-----`);
}
