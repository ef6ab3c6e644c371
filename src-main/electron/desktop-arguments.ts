import path from 'node:path';

/** What can be said on the desktop's command line; `npm start` has checked it, a packaged app's user may mistype. */
export interface DesktopArguments {
  readonly isDemo: boolean;
  readonly port?: number;
  /** Absolute. */
  readonly dataDir?: string;
  /** Absolute. */
  readonly configPath?: string;
  /** The profile to start; without it the one that ran last. */
  readonly profile?: string;
}

/**
 * Reads our options from a command line that Chromium's own switches and file names may stand in too; those are
 * left alone. Relative paths are relative to `cwd`.
 *
 * Throws Error with a sentence for the user when one of our options lacks its value.
 */
export function parseDesktopArguments(argv: readonly string[], cwd: string): DesktopArguments {
  const port = optionValue(argv, '--port');
  const dataDir = optionValue(argv, '--data');
  const configPath = optionValue(argv, '--config');
  const profile = optionValue(argv, '--profile');
  return {
    isDemo: argv.includes('--demo'),
    ...(port === undefined ? {} : { port: readPort(port) }),
    ...(dataDir === undefined ? {} : { dataDir: path.resolve(cwd, dataDir) }),
    ...(configPath === undefined ? {} : { configPath: path.resolve(cwd, configPath) }),
    ...(profile === undefined ? {} : { profile }),
  };
}

function optionValue(argv: readonly string[], name: string): string | undefined {
  const inline = argv.find((arg) => arg.startsWith(`${name}=`));
  if (inline !== undefined) return required(name, inline.slice(name.length + 1));
  const at = argv.indexOf(name);
  return at < 0 ? undefined : required(name, argv[at + 1]);
}

function required(name: string, value: string | undefined): string {
  if (value === undefined || value === '' || value.startsWith('--'))
    throw new Error(`${name} needs a value.`);
  return value;
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Error(`--port needs a number from 0 to 65535, not "${text}".`);
}
