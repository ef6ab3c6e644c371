import { pino } from 'pino';
import { coverSecrets } from './known-secrets.ts';

/** What the core logs to. Fields first, message second; `child` adds fields to every line of a part. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'off'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Keys whose values never reach a log line, wherever they stand up to three levels deep. */
const SECRET_KEYS = ['authorization', 'token', 'password', 'secret', 'cookie', 'access_token', 'api_token'];

/** A JSON-lines logger on standard error; standard output is kept for what scripts read. */
export function createLogger(level: LogLevel): Logger {
  return pino(
    {
      level: level === 'off' ? 'silent' : level,
      base: undefined,
      redact: {
        paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[secret]',
      },
    },
    covering(pino.destination(2)),
  );
}

/** What others wrote into an error, a URL or an answer may hold one of our secrets. */
function covering(destination: { write(line: string): void }): { write(line: string): void } {
  return { write: (line) => destination.write(coverSecrets(line)) };
}

/** A logger that says nothing, for tests. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
