import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Logger } from '../../src-main/core/base/logger.ts';
import { createManager, type Manager } from '../../src-main/core/manager.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** What a whole manager answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Parsed; null where the reply is not JSON. */
  readonly json: ReturnType<typeof JSON.parse>;
  readonly headers: Headers;
  /** Value of the session cookie that was set, if any. */
  readonly cookie: string | null;
}

export interface Ask {
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly token?: string;
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let test: TestDatabase;
let folder: string;
let manager: Manager | undefined;
/** What the manager logged as errors since it was started. */
export const loggedErrors: string[] = [];

/** Sets up a database and a folder for the file that calls it. */
export function setUpAccessBench(): void {
  beforeAll(async () => {
    test = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'liveman-access-'));
    await mkdir(join(folder, 'window'));
    await writeFile(join(folder, 'window', 'index.html'), '<!doctype html>');
  });
  afterAll(async () => {
    await stopManager();
    await test?.close();
    await rm(folder, { recursive: true, force: true });
  });
}

export function database() {
  return test.database;
}

/** The folder of the manager; `storage` in it is where recordings are. */
export function dataFolder(): string {
  return folder;
}

export async function startManager(toml: string): Promise<Manager> {
  await stopManager();
  loggedErrors.length = 0;
  const configPath = join(folder, 'liveman.toml');
  await writeFile(configPath, toml);
  manager = await createManager({
    dataDir: folder,
    configPath,
    port: 0,
    desktopSecret: 'of the desktop',
    rendererDir: join(folder, 'window'),
    migrationsDir: resolve(import.meta.dirname, '../../migrations'),
    version: '1.2.3',
    env: { DATABASE_URL: test.url },
    cwd: folder,
    logger: errorCollector,
  });
  return manager;
}

export async function stopManager(): Promise<void> {
  await manager?.close();
  manager = undefined;
}

/** Asks the running manager; `path` goes out as it is. */
export async function ask(method: string, path: string, request: Ask = {}): Promise<Answer> {
  const { body, cookie, headers = {}, rawBody, token } = request;
  const response = await fetch(baseUrl() + path, {
    method,
    redirect: 'manual',
    body: body === undefined ? rawBody : JSON.stringify(body),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(cookie === undefined ? {} : { cookie: `liveman_session=${cookie}` }),
      ...headers,
    },
    signal: AbortSignal.timeout(20_000),
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const text = isStream ? '' : await response.text();
  if (isStream) await response.body?.cancel();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return {
    status: response.status,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : null,
    headers: response.headers,
    cookie: /liveman_session\w*=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? null,
  };
}

/** The URL that was printed at start, with its login code. */
export function loginUrl(): string {
  return manager?.loginUrl ?? '';
}

export function baseUrl(): string {
  if (!manager) throw new Error('no manager runs');
  return manager.url;
}

const errorCollector: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (fields, message) => {
    loggedErrors.push(`${message} ${JSON.stringify(fields)} ${String((fields as { err?: unknown }).err)}`);
  },
  child: () => errorCollector,
};
