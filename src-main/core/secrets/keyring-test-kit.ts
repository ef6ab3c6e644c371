import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type DbusArgument, DbusConnection } from './dbus-test-kit.ts';

const run = promisify(execFile);
const VARIABLES = ['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'HOME'] as const;
const START_LIMIT_MS = 10_000;
const PASSWORD = 'pass-phrase';
const START_KEYRING = `printf ${PASSWORD} | gnome-keyring-daemon --unlock --components=secrets --daemonize`;
const COLLECTION = '/org/freedesktop/secrets/collection/login';
/** The only way to unlock without a window; it is how the login does it. */
const UNLOCK = 'org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword';

/** A gnome-keyring in a D-Bus session of its own; nothing of the user's session is touched. */
export interface TestKeyring {
  /** Environment for programs that are to use it. */
  readonly env: NodeJS.ProcessEnv;
  unlock(): Promise<void>;
  lock(): Promise<void>;
  /** Makes it the keyring of this process: libsecret takes the address of its bus from the environment. */
  enter(): void;
  /** Ends the session and what runs in it. */
  close(): Promise<void>;
}

/** Starts a session whose keyring is unlocked. */
export async function startKeyring(): Promise<TestKeyring> {
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  const home = await mkdtemp(join(tmpdir(), 'keyring-'));
  const runtimeDir = join(home, 'run');
  await mkdir(runtimeDir);
  await chmod(runtimeDir, 0o700);
  const base = { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: runtimeDir };
  // The session ends with the `read` in it, that is when its standard input is closed.
  const session = spawn(
    'dbus-run-session',
    ['--', 'sh', '-c', 'echo "$DBUS_SESSION_BUS_ADDRESS"; read -r _'],
    { env: base, stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const lines = createInterface({ input: session.stdout });
  const [address] = await once(lines, 'line', { signal: AbortSignal.timeout(START_LIMIT_MS) });
  const env = { ...base, DBUS_SESSION_BUS_ADDRESS: String(address) };
  await run('sh', ['-c', START_KEYRING], { env, timeout: START_LIMIT_MS });
  const connection = await DbusConnection.open(String(address));
  const call = (method: string, ...args: DbusArgument[]) =>
    connection.call('org.freedesktop.secrets', '/org/freedesktop/secrets', method, args);
  const opened = await call('org.freedesktop.Secret.Service.OpenSession', ['s', 'plain'], ['vs', '']);
  const secretSession =
    /\/org\/freedesktop\/secrets\/session\/\w+/.exec(opened.toString('latin1'))?.[0] ?? '';
  return {
    env,
    unlock: async () => {
      const secret = { session: secretSession, value: PASSWORD };
      await call(UNLOCK, ['o', COLLECTION], ['secret', secret]);
    },
    lock: async () => {
      await call('org.freedesktop.Secret.Service.Lock', ['ao', [COLLECTION]]);
    },
    enter: () => {
      for (const name of VARIABLES) process.env[name] = env[name];
    },
    close: async () => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      connection.close();
      const ended = once(session, 'exit');
      session.stdin.end();
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}
