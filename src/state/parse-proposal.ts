// A proposal as its file has it.

import { z } from 'zod';
import type { Proposal } from '../ports/proposals.js';

const schema = z.object({
  node: z.string(),
  old: z.string(),
  since: z.string(),
  address: z.string().nullable(),
  why: z.string(),
  state: z.enum(['pending', 'rejected']),
});

/** Null for what is none. */
export function parseProposal(text: string): Proposal | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}
