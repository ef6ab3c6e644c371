import type { NodeConfigInput, NodeMode } from '../../../src-shared/model/node-config.ts';
import { AppError } from '../base/errors.ts';

/** A node as an operator entered it, checked and in one form. */
export interface CheckedNode {
  readonly alias: string;
  readonly url: string;
  /** Absent: as it was. */
  readonly token: string | undefined;
  readonly mode: NodeMode;
  readonly site: string;
  /** Empty: the default one. */
  readonly storage: string;
}

/** It stands in paths such as /api/whip/{alias}/{stream} and in log lines. */
const ALIAS = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]{0,62}[\p{L}\p{N}._-])?$/u;
/** What a header can carry: visible ASCII. */
const TOKEN = /^[\x21-\x7e]*$/;
const MAX_URL_CHARS = 500;

/** Checks what was entered. Throws `bad_request` that names the field (`details.field`) and what it wants. */
export function checkNodeInput(input: NodeConfigInput): CheckedNode {
  const alias = input.alias.trim();
  if (alias === '') throw wrong('alias', 'Give the node an alias.');
  if (!ALIAS.test(alias)) {
    throw wrong(
      'alias',
      'An alias has letters, digits, dots, dashes, underscores and spaces, begins with a letter or digit, and is ' +
        'at most 64 characters long.',
    );
  }
  const token = input.token?.trim();
  if (token !== undefined && !TOKEN.test(token)) {
    throw wrong('token', 'The token holds characters that no HTTP header can carry. Copy it again.');
  }
  return {
    alias,
    url: normalizeNodeUrl(input.url),
    token,
    mode: input.mode ?? 'poll',
    site: (input.site ?? '').trim(),
    storage: (input.storage ?? '').trim(),
  };
}

/**
 * A node's base URL in one form: lower-case host, no default port, no slash at the end.
 *
 * Throws `bad_request` for anything but a plain http or https address.
 */
export function normalizeNodeUrl(text: string): string {
  const entered = text.trim();
  const url = parseUrl(entered);
  if (entered === '' || !url || entered.length > MAX_URL_CHARS) {
    throw wrong('url', 'Give the base URL of the node, such as http://192.0.2.10:7777.');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw wrong('url', `The URL begins with ${url.protocol}//; a node is reached by http:// or https://.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw wrong('url', 'The URL holds a user or password. Leave them out and use the token.');
  }
  if (url.search !== '' || url.hash !== '') {
    throw wrong('url', 'The URL has a part after ? or #. Give only the base URL of the node.');
  }
  return url.href.replace(/\/+$/, '');
}

/** `192.0.2.10:7777` is read as a scheme by URL, so what has none is told apart first. */
function parseUrl(text: string): URL | null {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
}

function wrong(field: 'alias' | 'url' | 'token', message: string): AppError {
  return new AppError('bad_request', message, { details: { field } });
}
