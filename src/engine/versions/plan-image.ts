// What the built-in action install_image would do on a switch that runs this version: decided as the action decides
// (`decide` in client/actions/install_image), in its words. Fetches nothing.

import type { BoundedRegexRun } from '../python-regex/python-regex.js';
import { compareEosVersions, parseEosVersion, stripBlanks } from './eos-version.js';
import {
  chooseImage,
  type GetAttribute,
  type ImageAttributes,
  readImageAttributes,
} from './image-attributes.js';

/** What would happen. */
export interface ImagePlan {
  /** `failure`: the switch's run ends there, in vain. `unknown`: it can not be said from here. */
  readonly kind: 'install' | 'keep' | 'failure' | 'unknown';
  /** In words. */
  readonly text: string;
  /** The image that is or would be chosen, as far as it is known. */
  readonly image: ImageAttributes | null;
}

/**
 * Plans the action.
 * @param facts what the switch reported; null for what it did not
 */
export function planImage(
  get: GetAttribute,
  facts: { readonly model: string | null; readonly version: string | null },
  run: BoundedRegexRun,
): ImagePlan {
  const { model, version } = facts;
  if (model === null && get('images') !== null) {
    return unknown('the switch did not report its model, by which the image is chosen');
  }
  const chosen = chooseImage(get, model ?? '', run);
  if (!chosen.ok) return failure(chosen.reason);
  if (chosen.value === null) return unknown(`the regular expressions for model ${model} take too long`);
  const read = readImageAttributes(chosen.value);
  if (!read.ok) return failure(read.reason);
  const image = read.value;
  if (version === null) {
    const wanted = image.version.text;
    return { ...unknown(`the switch did not report its version; ${image.url} is ${wanted}`), image };
  }
  const { isNeeded, why } = decide(version, image);
  return isNeeded
    ? { kind: 'install', text: `${why}: ${image.url} would be installed`, image }
    : { kind: 'keep', text: `nothing to do: ${why}`, image };
}

/** Whether the image is to be installed, and why or why not. */
export function decide(
  running: string,
  { version, minimum, maximum, downgrade }: Omit<ImageAttributes, 'url' | 'name' | 'sha256'>,
): { readonly isNeeded: boolean; readonly why: string } {
  const stays = (why: string) => ({ isNeeded: false, why });
  const goes = (why: string) => ({ isNeeded: true, why });
  if (stripBlanks(running) === version.text) return stays(`version ${version.text} is running already`);
  const parsed = parseEosVersion(running);
  if (parsed === null) return goes(`cannot tell how old the running version ${running} is`);
  const order = compareEosVersions(parsed, version.parsed);
  const said = `running version ${running}`;
  if (order === 0) return stays(`${said} is version ${version.text}`);
  if (order > 0 && !downgrade) return stays(`${said} is newer than ${version.text} and stays`);
  if (minimum && compareEosVersions(parsed, minimum.parsed) < 0) {
    return goes(`${said} is older than the minimum ${minimum.text}`);
  }
  if (maximum && compareEosVersions(parsed, maximum.parsed) > 0) {
    return goes(`${said} is newer than the maximum ${maximum.text}`);
  }
  if (minimum || maximum) {
    const limits = [minimum && `the minimum ${minimum.text}`, maximum && `the maximum ${maximum.text}`];
    return stays(`${said} is within ${limits.filter((it) => it !== null).join(' and ')}`);
  }
  return goes(`${said} is ${order > 0 ? 'newer' : 'older'} than ${version.text}`);
}

function failure(text: string): ImagePlan {
  return { kind: 'failure', text, image: null };
}

function unknown(text: string): ImagePlan {
  return { kind: 'unknown', text, image: null };
}
