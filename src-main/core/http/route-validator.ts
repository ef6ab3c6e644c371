import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { AppError } from '../base/errors.ts';

/** The latest instant that a date can be. */
const MAX_DATE_MS = 8.64e15;

/** What a request is checked against, in the words upstream uses for each part. */
const PARTS = {
  body: {
    code: 'unprocessable',
    intro: 'Failed to deserialize the JSON body into the target type',
    isConverted: false,
  },
  query: { code: 'bad_request', intro: 'Failed to deserialize query string', isConverted: true },
  params: { code: 'bad_request', intro: 'Invalid URL', isConverted: true },
} as const;

/**
 * A function that checks one part of a request and returns it with defaults filled in.
 *
 * Query and path hold text, so numbers and booleans are read from it; a JSON body is taken as it is. Throws an
 * AppError that names the first wrong field and what was expected.
 */
export function compileValidator(part: keyof typeof PARTS, schema: TSchema): (data: unknown) => unknown {
  const { code, intro, isConverted } = PARTS[part];
  const check = Compile(schema);
  const hasDefaults = JSON.stringify(schema).includes('"default":');
  const demandStorable = (data: unknown) => {
    const trouble = findUnstorable(data, '');
    if (trouble !== null) throw new AppError(code, `${intro}: ${trouble}`);
  };
  return (data) => {
    demandStorable(data);
    let value = isConverted && hasDefaults ? Value.Default(schema, { ...(data as object) }) : data;
    if (check.Check(value)) return value;
    // Only what is not text: typebox makes a pattern of each name while it converts, which fails with that of `*`.
    if (isConverted) value = Value.Convert(schema, value);
    if (check.Check(value)) {
      demandStorable(value);
      return value;
    }
    const [error] = check.Errors(value);
    const where = error?.instancePath ? ` at ${error.instancePath.slice(1).replaceAll('/', '.')}` : '';
    throw new AppError(code, `${intro}:${where} ${error?.message ?? 'wrong shape'}`);
  };
}

/** What no name and no number of ours is, and PostgreSQL or a date refuses, in words; null where there is nothing. */
function findUnstorable(data: unknown, name: string): string | null {
  if (typeof data === 'string') return data.includes('\0') ? 'a text contains the character NUL' : null;
  if (typeof data === 'number') {
    const max = /ms$/i.test(name) ? MAX_DATE_MS : Number.MAX_SAFE_INTEGER;
    return Math.abs(data) > max ? `at ${name} must be <= ${max}` : null;
  }
  if (typeof data !== 'object' || data === null) return null;
  if (Array.isArray(data)) {
    for (const value of data) {
      const trouble = findUnstorable(value, name);
      if (trouble !== null) return trouble;
    }
    return null;
  }
  // Not by Object.entries, which makes an array for each of thousands of values.
  for (const key in data) {
    const trouble = findUnstorable((data as Record<string, unknown>)[key], key);
    if (trouble !== null) return trouble;
  }
  return null;
}
