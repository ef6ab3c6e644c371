import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** How a test starts the programs of a tool: by name as the first argument of a call. @type {Readonly<Record<string, RegExp>>} */
const mentions = {
  chromium: /\bchromium\.launch\(|CHROMIUM_PATH/,
  ffmpeg: /\(\s*['"`]ff(?:mpeg|probe)['"`]/,
  mosquitto: /\(\s*['"`][\w/]*mosquitto['"`]/,
  'gnome-keyring': /\(\s*['"`](?:gnome-keyring-daemon|dbus-run-session)['"`]/,
};

/**
 * The tools among `candidates` that a test file starts, by itself or through a helper that it imports: a
 * file of e2e/ or a test kit beside the sources.
 *
 * @param {string} file
 * @param {readonly string[]} candidates
 * @returns {string[]}
 */
export function neededTools(file, candidates) {
  const texts = textsOf(file, new Set());
  return candidates.filter((tool) => texts.some((text) => mentions[tool]?.test(text)));
}

/** @param {string} file @param {Set<string>} seen @returns {string[]} */
function textsOf(file, seen) {
  if (seen.has(file) || !existsSync(file)) return [];
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const helpers = [...text.matchAll(/from '(\.[^']+)'/g)]
    .map(([, specifier = '']) => path.resolve(path.dirname(file), specifier))
    .filter((helper) => helper.includes(`${path.sep}e2e${path.sep}`) || helper.endsWith('-test-kit.ts'));
  return [text, ...helpers.flatMap((helper) => textsOf(helper, seen))];
}
