// GET /nodes/{id}: builds the definition, and records that it was sent, or why not.

import type { JsonObject } from '../engine/json-value.js';
import { buildDefinition } from './build-definition.js';
import type { Caller } from './caller.js';
import type { Links } from './links.js';
import { recordDefinition, recordDefinitionRefusal } from './record-steps.js';
import type { Site } from './site.js';

/** The node's definition, resources taken. Throws as `buildDefinition`. */
export async function sendDefinition(
  site: Site,
  id: string,
  links: Links,
  caller: Caller,
): Promise<JsonObject> {
  try {
    const { definition, resources } = await buildDefinition(site, id, links, true);
    recordDefinition(site, id, caller, definition, resources);
    return definition;
  } catch (error) {
    recordDefinitionRefusal(site, id, caller, error);
    throw error;
  }
}
