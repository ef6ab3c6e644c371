import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { AppError } from '../base/errors.ts';

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
  return (data) => {
    if (hasNul(data)) throw new AppError(code, `${intro}: a text contains the character NUL`);
    let value = isConverted ? Value.Default(schema, { ...(data as object) }) : data;
    if (check.Check(value)) return value;
    // Only what is not text: typebox makes a pattern of each name while it converts, which fails with that of `*`.
    if (isConverted) value = Value.Convert(schema, value);
    if (check.Check(value)) return value;
    const [error] = check.Errors(value);
    const where = error?.instancePath ? ` at ${error.instancePath.slice(1).replaceAll('/', '.')}` : '';
    throw new AppError(code, `${intro}:${where} ${error?.message ?? 'wrong shape'}`);
  };
}

/** Whether a text in it holds a NUL, which no name has and PostgreSQL refuses. */
function hasNul(data: unknown): boolean {
  if (typeof data === 'string') return data.includes('\0');
  if (typeof data !== 'object' || data === null) return false;
  return Object.values(data).some(hasNul);
}
