import { parseArgs } from 'node:util';
import { PROFILE_USAGE, type ProfileArguments, parseProfileArguments } from './profile-arguments.ts';
import { parseRetentionArguments, RETENTION_USAGE, type RetentionArguments } from './retention-arguments.ts';
import { parseSecretArguments, type SecretArguments } from './secret-arguments.ts';
import { UsageError } from './usage-error.ts';

export { UsageError };

export const USAGE = `Usage: liveman COMMAND [options]

Commands
  serve                 run the manager and serve the window to a browser
      --port N          listen on this port instead of the configured one
      --profile NAME    the profile to start; without it the one that ran last
      --demo            run a cluster of simulated nodes beside the configured ones
  index --storage S     find the recordings in a storage and put them into the index: a folder, s3://BUCKET/PREFIX
                        (key and endpoint come from recorder.storage), or the name of a storage of liveman.toml.
                        A run that was stopped goes on where it was
      --node ALIAS      the node they are from (default: the one that records to it, else: storage)
      --restart         begin anew
      --json            tell progress and outcome as JSON lines on standard output
${RETENTION_USAGE}
  check                 hold the index and the storages against each other and say where they differ
      --stream NAME     this stream alone
      --from T, --to T  recordings of this time: 2026-01-31, 2026-01-31T12:00:00Z or microseconds since 1970
      --deep            read the head of each object too, not only its size
      --repair          mend what can be mended without losing anything
      --json            tell findings, progress and outcome as JSON lines on standard output
${PROFILE_USAGE}
  secret list           names of the stored secrets, and where they are
  secret set NAME       stores a secret, for "keychain:NAME" in liveman.toml; it is read from standard input
  secret delete NAME    removes one
  secret move PLACE     moves all secrets to the keychain, or to the sealed file: keychain or file
  hash-password         reads a password from the terminal or standard input and prints its hash, for auth.accounts
  help                  this text
  version               the version

Options of all commands
  --config FILE         liveman.toml to read (default: ./liveman.toml if it is there)
  --data DIR            folder for the database and all else the program keeps`;

interface CommonArguments {
  readonly configPath?: string | undefined;
  readonly dataDir?: string | undefined;
}

export interface IndexArguments extends CommonArguments {
  readonly command: 'index';
  /** A folder, `s3://BUCKET/PREFIX`, or the name of a storage. */
  readonly storage: string;
  readonly nodeAlias?: string | undefined;
  readonly isRestart?: boolean;
  readonly isJson?: boolean;
}

export interface CheckArguments extends CommonArguments {
  readonly command: 'check';
  readonly stream?: string | undefined;
  /** Microseconds since the Unix epoch. */
  readonly fromUs?: number | undefined;
  readonly toUs?: number | undefined;
  readonly isDeep: boolean;
  readonly isRepair: boolean;
  readonly isJson: boolean;
}

export type Arguments =
  | (CommonArguments & {
      readonly command: 'serve';
      readonly port?: number | undefined;
      readonly profile?: string | undefined;
      readonly isDemo: boolean;
    })
  | IndexArguments
  | RetentionArguments
  | CheckArguments
  | SecretArguments
  | ProfileArguments
  | { readonly command: 'hash-password' }
  | { readonly command: 'help' }
  | { readonly command: 'version' };

/** Reads the command line after the program's name. Throws UsageError. */
export function parseArguments(argv: readonly string[]): Arguments {
  const [first = 'help', ...rest] = argv;
  if (first === 'help' || first === '--help' || first === '-h') return { command: 'help' };
  if (first === 'version' || first === '--version' || first === '-V') return { command: 'version' };
  if (first === 'hash-password') return { command: 'hash-password' };
  if (first === 'secret') {
    const { positionals, values } = parseOptions(rest, true);
    return parseSecretArguments(positionals, { configPath: values.config, dataDir: values.data });
  }
  if (first === 'profile') {
    const { positionals, values } = parseOptions(rest, true);
    return parseProfileArguments(positionals, values, { configPath: values.config, dataDir: values.data });
  }
  if (first === 'retention') {
    const { values } = parseOptions(rest, false);
    return parseRetentionArguments(values, { configPath: values.config, dataDir: values.data });
  }
  if (first !== 'serve' && first !== 'index' && first !== 'check') {
    throw new UsageError(`There is no command "${first}".`);
  }
  const { values } = parseOptions(rest, false);
  const common = { configPath: values.config, dataDir: values.data };
  const isJson = values.json === true;
  if (first === 'serve') {
    const { demo, port, profile } = values;
    return { command: 'serve', ...common, port: parsePort(port), profile, isDemo: demo === true };
  }
  if (first === 'check') {
    const [fromUs, toUs] = [parseTime('from', values.from), parseTime('to', values.to)];
    if (fromUs !== undefined && toUs !== undefined && toUs <= fromUs) {
      throw new UsageError('--to has to be later than --from.');
    }
    const [isDeep, isRepair] = [values.deep === true, values.repair === true];
    return { command: 'check', ...common, stream: values.stream, fromUs, toUs, isDeep, isRepair, isJson };
  }
  if (!values.storage) throw new UsageError('"index" needs --storage, the place with the recordings.');
  const { node: nodeAlias, storage } = values;
  return { command: 'index', ...common, storage, nodeAlias, isRestart: values.restart === true, isJson };
}

function parseOptions(args: readonly string[], allowPositionals: boolean) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals,
      options: {
        config: { type: 'string' },
        data: { type: 'string' },
        deep: { type: 'boolean' },
        demo: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        from: { type: 'string' },
        json: { type: 'boolean' },
        name: { type: 'string' },
        node: { type: 'string' },
        port: { type: 'string' },
        repair: { type: 'boolean' },
        profile: { type: 'string' },
        restart: { type: 'boolean' },
        run: { type: 'boolean' },
        secrets: { type: 'boolean' },
        storage: { type: 'string' },
        stream: { type: 'string' },
        to: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? `${error.message.split('. ')[0]}.` : String(error));
  }
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new UsageError(`--port wants a number from 0 to 65535, not "${text}".`);
  }
  return port;
}

/** Microseconds; a date alone is its midnight in UTC. */
function parseTime(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{9,17}$/.test(text)) return Number(text);
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/.test(text);
  const ms = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new UsageError(
      `--${option} wants a time like 2026-01-31, 2026-01-31T12:00:00Z or microseconds since 1970, not "${text}".`,
    );
  }
  return ms * 1000;
}
