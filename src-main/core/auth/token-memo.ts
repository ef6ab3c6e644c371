import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { errorCode } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

const Tokens = Type.Array(
  Type.Object({
    id: Type.String(),
    proof: Type.Union([Type.String(), Type.Null()]),
    isRevoked: Type.Boolean(),
  }),
);
type Tokens = Static<typeof Tokens>;

/** Remembers over restarts which tokens are revoked, for starts while the database is away. */
export interface TokenMemo {
  read(): Tokens;
  /** Called after each reading of the database. */
  note(tokens: Tokens): void;
}

/** For books without a database, and tests. */
export const NO_TOKEN_MEMO: TokenMemo = { read: () => [], note: () => {} };

/**
 * The file `issued-tokens.json` in the data folder. No token can be made of what is in it. Where it cannot be written, as
 * on a full disk, that is tried again with the next reading: nobody is kept out for it.
 */
export function createTokenMemo(dataDir: string, logger: Logger): TokenMemo {
  const path = join(dataDir, 'issued-tokens.json');
  let written = '';
  return {
    read: () => {
      try {
        const tokens: unknown = JSON.parse(readFileSync(path, 'utf8'));
        if (Value.Check(Tokens, tokens)) return tokens;
      } catch (error) {
        if (errorCode(error) !== 'ENOENT')
          logger.warn({ err: error }, 'Which tokens are revoked is not known yet');
      }
      return [];
    },
    note: (tokens) => {
      const text = JSON.stringify([...tokens].sort((a, b) => (a.id < b.id ? -1 : 1)));
      if (text === written) return;
      try {
        writeFileSync(path, text, { mode: 0o600 });
        written = text;
      } catch (error) {
        logger.warn({ err: error }, 'It cannot be noted which tokens are revoked');
      }
    },
  };
}
