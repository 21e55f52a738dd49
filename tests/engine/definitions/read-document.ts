// Reads YAML text as the engine gets it from the data root: the tree with lines, and the value with YAML 1.1 types.

import { parseYaml } from '../../../src/data-root/parse-yaml.js';
import { readYamlValue } from '../../../src/data-root/yaml-values.js';
import type { CheckedDocument } from '../../../src/engine/definitions/check-definition.js';

/** The document of a YAML text. */
export function readDocument(text: string): CheckedDocument {
  const { root } = parseYaml(text);
  return { root, value: root === null ? null : readYamlValue(root).value };
}
