import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppError } from '../base/errors.ts';
import { loadConfig } from './config.ts';

/** A working folder with a `liveman.toml`, for one test. */
export class ConfigFolder {
  readonly path = mkdtempSync(path.join(os.tmpdir(), 'liveman config '));

  /** What is loaded where the file has this text. */
  load(toml: string, env: Record<string, string> = {}) {
    writeFileSync(path.join(this.path, 'liveman.toml'), toml);
    return loadConfig({ cwd: this.path, env });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The error that `run` throws; throws itself where there is none, or another one. */
export function failure(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
