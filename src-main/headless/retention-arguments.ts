import { UsageError } from './usage-error.ts';

export interface RetentionArguments {
  readonly command: 'retention';
  readonly configPath?: string | undefined;
  readonly dataDir?: string | undefined;
  /** Whether to remove; else only to say what would go. */
  readonly isRun: boolean;
  readonly isJson: boolean;
}

export const RETENTION_USAGE = `  retention --dry-run   says what the retention rules would remove, per stream and day; changes nothing
  retention --run       removes it now, beside what a manager does every hour
      --json            answers in JSON`;

/** Reads what follows `retention`. Throws UsageError. */
export function parseRetentionArguments(
  values: { 'dry-run'?: boolean; run?: boolean; json?: boolean },
  common: { configPath?: string | undefined; dataDir?: string | undefined },
): RetentionArguments {
  const isRun = values.run === true;
  if (isRun === (values['dry-run'] === true)) {
    throw new UsageError('"retention" needs either --dry-run or --run.');
  }
  return { command: 'retention', ...common, isRun, isJson: values.json === true };
}
