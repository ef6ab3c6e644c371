import path from 'node:path';
import {
  type ChooseFolderRequest,
  type DesktopNotice,
  NOTIFICATION_LEVELS,
  type NotificationLevel,
} from '../../src-shared/contract/desktop-bridge.ts';

const MAX_TITLE_CHARS = 200;
const MAX_BODY_CHARS = 1000;
const MAX_PATH_CHARS = 4096;

/** Reads what the page sent for `chooseFolder`. Throws TypeError. */
export function readChooseFolderRequest(input: unknown): ChooseFolderRequest {
  const { title, startPath } = readObject(input);
  return {
    title: readText(title, 'title', MAX_TITLE_CHARS),
    ...(startPath === undefined ? {} : { startPath: readAbsolutePath(startPath) }),
  };
}

/** Reads what the page sent for `notify`. Throws TypeError. */
export function readNotice(input: unknown): DesktopNotice {
  const { title, body } = readObject(input);
  return { title: readText(title, 'title', MAX_TITLE_CHARS), body: readText(body, 'body', MAX_BODY_CHARS) };
}

/** Reads what the page sent for `setNotificationLevel`. Throws TypeError. */
export function readNotificationLevel(input: unknown): NotificationLevel {
  const level = NOTIFICATION_LEVELS.find((known) => known === input);
  if (level) return level;
  throw new TypeError(`The level has to be one of ${NOTIFICATION_LEVELS.join(', ')}.`);
}

/** Reads the path of a file on this computer. Throws TypeError. */
export function readAbsolutePath(input: unknown): string {
  const text = readText(input, 'path', MAX_PATH_CHARS);
  // A network share would make Windows sign in there.
  if (!path.isAbsolute(text) || text.includes('\0') || /^[/\\]{2}/.test(text)) {
    throw new TypeError('The path has to be an absolute path of this computer.');
  }
  return path.normalize(text);
}

function readObject(input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null) throw new TypeError('An object is needed here.');
  return input as Record<string, unknown>;
}

function readText(input: unknown, name: string, maxChars: number): string {
  if (typeof input === 'string' && input.length <= maxChars) return input;
  throw new TypeError(`"${name}" has to be a text of at most ${maxChars} characters.`);
}
