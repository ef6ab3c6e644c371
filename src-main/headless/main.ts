import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { currentSurroundings, defaultDataDir } from '../core/base/data-dir.ts';
import { AppError, errorMessage } from '../core/base/errors.ts';
import { coverSecrets } from '../core/base/known-secrets.ts';
import { type Arguments, parseArguments, USAGE, UsageError } from './arguments.ts';
import { runCheck } from './check-command.ts';
import { hashFromInput } from './hash-password-command.ts';
import { runIndex } from './index-command.ts';
import { noteCommand } from './note-command.ts';
import type { Places } from './places.ts';
import { runProfile } from './profile-command.ts';
import { runRetentionCommand } from './retention-command.ts';
import { runSecret } from './secret-command.ts';
import { runServe } from './serve-command.ts';

/** The package's own folder: this file is out/headless/main.js in it. */
const PACKAGE_DIR = fileURLToPath(new URL('../../', import.meta.url));

async function main(): Promise<number> {
  const args = parseArguments(process.argv.slice(2));
  const { version } = JSON.parse(readFileSync(resolve(PACKAGE_DIR, 'package.json'), 'utf8')) as {
    version: string;
  };
  if (args.command === 'help') return print(USAGE);
  if (args.command === 'version') return print(version);
  if (args.command === 'hash-password') return print(await hashFromInput());
  const places = {
    packageDir: PACKAGE_DIR,
    dataDir: resolve(args.dataDir ?? defaultDataDir(currentSurroundings())),
    version,
  };
  let isDone = false;
  try {
    const status = await run(args, places);
    isDone = status === 0;
    return status;
  } finally {
    await noteCommand(args, places.dataDir, isDone);
  }
}

type Runnable = Exclude<Arguments, { readonly command: 'help' | 'version' | 'hash-password' }>;

async function run(args: Runnable, places: Places): Promise<number> {
  switch (args.command) {
    case 'secret':
      return runSecret(args, places);
    case 'profile':
      return runProfile(args, places);
    case 'retention':
      return runRetentionCommand(args, places);
    case 'check':
      return runCheck(args, places);
    case 'serve':
      return runServe(args, places);
    case 'index':
      return runIndex(args, places);
  }
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** One clear sentence for what the user can mend; the stack only for defects. */
function fail(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n\n${USAGE}\n`);
    return 2;
  }
  const isKnown = error instanceof AppError && error.code !== 'internal';
  const text = isKnown ? errorMessage(error) : ((error as Error)?.stack ?? String(error));
  process.stderr.write(`${coverSecrets(text)}\n`);
  return 1;
}

// Node would print every property of the error, and with it perhaps a header or URL that holds a secret.
process.on('uncaughtException', (error) => process.exit(fail(error)));

process.exit(await main().catch(fail));
