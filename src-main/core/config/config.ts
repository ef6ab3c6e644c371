import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import { applyEnvironment } from './config-environment.ts';
import { type ConfigProblem, readBySchema } from './config-reader.ts';
import type { Config } from './config-schema.ts';
import { normalizeConfig } from './normalize-config.ts';
import { CONFIG_ROOT } from './schema-node.ts';
import { ABSENT, type SecretReading } from './secret-reading.ts';
import {
  findMistakenReferences,
  findReferences,
  findUnreadable,
  isNeededSecret,
  unreadableSecret,
  whyUnreadable,
} from './secret-references.ts';
import { findKeyLines, type LineFinder } from './toml-lines.ts';
import { adaptUpstreamForms } from './upstream-forms.ts';

/** The file that is read from the working directory when no other is named. */
export const DEFAULT_CONFIG_FILE = 'liveman.toml';

export interface LoadConfigOptions {
  /** A file that must exist; relative to `cwd`. */
  path?: string;
  env: Record<string, string | undefined>;
  cwd: string;
}

/** Something in the settings that does not stop the program but should be seen. */
export interface ConfigWarning {
  /** The key, or the environment variable. */
  path: string;
  /** From 1; absent where the setting does not come from the file. */
  line?: number;
  /** A whole sentence that names file, line and key. */
  message: string;
}

export interface LoadedConfig {
  config: Config;
  warnings: ConfigWarning[];
  /** The file that was read, absolute; `null` when there is none and the defaults are in force. */
  path: string | null;
}

/** Gives the stored secrets that a file names. */
export type ReadSecret = (name: string) => SecretReading;

/**
 * Reads the settings: the file, the environment for keys that the file does not have, the defaults for the rest.
 *
 * Without `path`, `liveman.toml` in `cwd` is read if it exists. Throws `bad_request` with all that is wrong, each
 * with file, line, key, what is expected and what was found; secrets are not repeated.
 */
export function loadConfig(options: LoadConfigOptions): LoadedConfig {
  return checkConfig(readConfigFile(options), options.env, () => ABSENT);
}

/** The file as it was read, before anything is checked. */
export interface ConfigFile {
  /** Absolute; null where there is none. */
  path: string | null;
  /** As messages name it. */
  label: string;
  text: string;
  table: Record<string, unknown>;
}

/** Reads the file. Throws `bad_request` where it cannot be read or is no TOML. */
export function readConfigFile(options: Omit<LoadConfigOptions, 'env'>): ConfigFile {
  const file = path.resolve(options.cwd, options.path ?? DEFAULT_CONFIG_FILE);
  const text = readText(file, options.path !== undefined);
  const label = path.relative(options.cwd, file).startsWith('..') ? file : path.relative(options.cwd, file);
  const table = text === null ? {} : parseSettings(text, label);
  return { path: text === null ? null : file, label, text: text ?? '', table };
}

/** The same file once more: checking fills in its table. */
export function parseAgain(file: ConfigFile): ConfigFile {
  return { ...file, table: parseSettings(file.text, file.label) };
}

/** Checks what was read, with the environment and the stored secrets that it names. Throws as `loadConfig` does. */
export function checkConfig(
  { label, path: file, table, text }: ConfigFile,
  env: LoadConfigOptions['env'],
  readSecret: ReadSecret,
): LoadedConfig {
  const lineOf = findKeyLines(text);
  const place = (key: string) => describePlace(label, lineOf, key);
  const warnings: ConfigWarning[] = [];
  const warn = (key: string, message: string) => {
    warnings.push({ path: key, line: lineOf(key), message: `${place(key)} ${message}` });
  };

  for (const note of adaptUpstreamForms(table)) warn(note.path, note.message);
  const environment = applyEnvironment(table, env);
  for (const note of environment.notes) {
    warnings.push({
      path: note.variable,
      message: `The environment variable ${note.variable}: ${note.message}`,
    });
  }
  const mistaken = findMistakenReferences(CONFIG_ROOT, table).map(
    (key) =>
      `${place(key)}: is meant as the name of a secret and cannot be one. Write "keychain:NAME" or "env:NAME", the name ` +
      'of letters, digits, dots, dashes and underscores.',
  );
  const secrets = resolveReferences(table, env, readSecret);
  const { value, problems, unknownKeys } = readBySchema(CONFIG_ROOT, table);
  for (const { path: key, suggestion } of unknownKeys) {
    warn(key, `is not a known key and is ignored.${suggestion ? ` Did you mean ${suggestion}?` : ''}`);
  }
  throwProblems([
    ...environment.problems,
    ...mistaken,
    ...secrets
      .filter(({ path: key }) => isNeededSecret(key))
      .map(({ path: key, reason }) => `${place(key)}: ${reason}`),
    ...problems.map((problem) => describeProblem(problem, place)),
  ]);
  for (const { path: key, reason } of secrets) warn(key, `cannot be used now. ${reason}`);

  const config = value as Config;
  const { notes, conflicts } = normalizeConfig(config);
  for (const note of notes) warn(note.path, note.message);
  throwProblems(conflicts.map((conflict) => `${place(conflict.path)} ${conflict.message(place)}`));
  warnings.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  leaveOutUnreadable(config);
  return { config, warnings, path: file };
}

/**
 * Takes out what must not run with a wrong secret. Nodes, storages and webhooks stay: they wait, and go on once their
 * secret can be read.
 */
function leaveOutUnreadable(config: Config): void {
  const isReadable = (secret: string | undefined) => findUnreadable(secret) === null;
  const { extra_ice, net4mqtt } = config;
  extra_ice.ice_servers = extra_ice.ice_servers.filter((server) => isReadable(server.credential));
  if (!isReadable(extra_ice.coturn?.secret)) delete extra_ice.coturn;
  if (!isReadable(extra_ice.cloudflare?.api_token)) delete extra_ice.cloudflare;
  if (!isReadable(net4mqtt.mqtt_url)) net4mqtt.mqtt_url = '';
}

/** Puts secrets in place of their references; what cannot be read is marked, for the part that needs it. */
function resolveReferences(
  table: Record<string, unknown>,
  env: LoadConfigOptions['env'],
  readSecret: ReadSecret,
): { path: string; reason: string }[] {
  const unreadable: { path: string; reason: string }[] = [];
  for (const { kind, name, path: key, set } of findReferences(CONFIG_ROOT, table)) {
    const value = env[name];
    const fromEnv: SecretReading = value ? { kind: 'found', value } : ABSENT;
    const reading = kind === 'env' ? fromEnv : readSecret(name);
    if (reading.kind === 'found') {
      set(reading.value);
      continue;
    }
    const reason = whyUnreadable({ kind, name }, reading);
    unreadable.push({ path: key, reason });
    set(unreadableSecret({ kind, name, reason }));
  }
  return unreadable;
}

function readText(file: string, isRequired: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    const code = errorCode(cause);
    if (code === 'ENOENT' && !isRequired) return null;
    const words: Record<string, string> = {
      ENOENT: 'does not exist',
      EACCES: 'may not be read by this user',
      EISDIR: 'is a folder',
      ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
    };
    const reason = words[code ?? ''] ?? `cannot be read: ${errorMessage(cause)}`;
    throw new AppError('bad_request', `The configuration file ${file} ${reason}.`, { cause });
  }
}

/** The table of a TOML text. Throws `bad_request` with the place, never with what stands there. */
export function parseSettings(text: string, label: string): Record<string, unknown> {
  try {
    return parse(text, { unsafeKeyBehaviour: 'throw' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Only the first line: the rest shows a piece of the file, which may hold a secret; so the error is no cause.
    const reason = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '');
    throw new AppError(
      'bad_request',
      `${label}:${error.line}:${error.column}: this is not TOML: ${reason}.`,
      {
        details: { line: error.line, column: error.column },
      },
    );
  }
}

/** `liveman.toml:12: http.listen`. */
function describePlace(label: string, lineOf: LineFinder, key: string): string {
  const line = lineOf(key);
  return line === undefined ? `${label}: ${key}` : `${label}:${line}: ${key}`;
}

function describeProblem(problem: ConfigProblem, place: (key: string) => string): string {
  return `${place(problem.path)}: expected ${problem.expected}, found ${problem.found}`;
}

function throwProblems(problems: string[]): void {
  if (problems.length === 0) return;
  throw new AppError('bad_request', problems.join('\n'), { details: { problems } });
}
