import { type RawBuilder, sql } from 'kysely';

const PREFIX = '/* prepared ';

/**
 * Stands at the start of a statement that is to be parsed and planned once per connection (see `ObservedPool`), for
 * those that run thousands of times and whose plan costs more than their work. One name has one text.
 */
export function prepared(name: string): RawBuilder<unknown> {
  if (!/^\w+$/.test(name)) throw new Error(`${name} is no name of a statement`);
  return sql.raw(`${PREFIX}${name} */`);
}

/** The name that a text begins with; null when it is to be planned each time. */
export function preparedName(text: string): string | null {
  const at = text.indexOf(PREFIX);
  // Templates begin with white space.
  if (at < 0 || text.slice(0, at).trim() !== '') return null;
  return text.slice(at + PREFIX.length, text.indexOf(' ', at + PREFIX.length));
}
