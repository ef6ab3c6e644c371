import { isAddressRange } from '../base/address-range.ts';
import type { Config } from './config-schema.ts';

/** The name of the storage of `recorder.storage`. */
export const DEFAULT_STORAGE = 'default';
/** It stands in signed URLs, in log lines and on the command line. */
const STORAGE_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

type StorageConfig = Config['recorder']['storage'];

/** What single values cannot show: notes do not stop the program, conflicts do. */
export interface NormalizeResult {
  notes: { path: string; message: string }[];
  /** `message` gets a function that says where another key stands. */
  conflicts: { path: string; message: (place: (key: string) => string) => string }[];
}

/** Fills in defaults that depend on other keys and brings URLs into one form, in place. */
export function normalizeConfig(config: Config): NormalizeResult {
  const result: NormalizeResult = { notes: [], conflicts: [] };
  config.http.public = withoutSlash(config.http.public || ownUrl(config));
  if (hasUserInfo(config.http.public)) {
    config.http.public = bareUrl(config.http.public);
    const message = 'has a user and a password in it, which are left out.';
    result.notes.push({ path: 'http.public', message });
  }
  checkTls(config, result);
  for (const [index, range] of config.http.trusted_proxies.entries()) {
    const isEverybody = range.endsWith('/0');
    if (isAddressRange(range) && !isEverybody) continue;
    const why = isEverybody ? 'with it everybody could say who he is' : 'that is none';
    const message = `is ${JSON.stringify(range)}: ${why}; expected an address, or a range like 10.0.0.0/8.`;
    result.conflicts.push({ path: `http.trusted_proxies[${index}]`, message: () => message });
  }
  checkProxy(config, result);
  const { url } = config.database;
  if (url !== '' && !(URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol))) {
    const message =
      'is not a database URL that can be used; expected postgresql://user:password@host:5432/name, with special ' +
      'characters of the password written as %XX.';
    result.conflicts.push({ path: 'database.url', message: () => message });
  }
  normalizeNodes(config, normalizeStorages(config, result), result);
  checkRetention(config.retention, result);
  return result;
}

function normalizeNodes(config: Config, storages: ReadonlySet<string>, result: NormalizeResult): void {
  const seen = new Map<string, { index: number; url: string }>();
  const usable: Config['nodes'] = [];
  for (const [index, node] of config.nodes.entries()) {
    const path = `nodes[${index}]`;
    node.url = withoutSlash(node.url);
    if (hasUserInfo(node.url) || hasQuery(node.url)) {
      const what = hasUserInfo(node.url) ? 'a user and a password' : 'a query';
      node.url = bareUrl(node.url);
      const message = `has ${what} in it, which nodes do not take and which are left out. Use token.`;
      result.notes.push({ path: `${path}.url`, message });
    }
    node.storage = node.storage.trim();
    if (node.alias === '' || node.url === '') {
      const missing = node.alias === '' ? 'alias' : 'url';
      result.notes.push({ path, message: `has no ${missing} and is ignored.` });
      continue;
    }
    const first = seen.get(node.alias);
    if (first) {
      const { alias, url } = node;
      result.conflicts.push({
        path: `${path}.alias`,
        message: (place) =>
          `is ${JSON.stringify(alias)} (${hidePassword(url)}), which ${place(`nodes[${first.index}].alias`)} is already ` +
          `(${hidePassword(first.url)}). Give each node its own alias.`,
      });
      continue;
    }
    if (node.storage !== '' && !storages.has(node.storage)) {
      const message = `is ${JSON.stringify(node.storage)}; there are only the storages ${[...storages].join(', ')}.`;
      result.conflicts.push({ path: `${path}.storage`, message: () => message });
    }
    const twin = usable.find(({ url }) => sameUrl(url) === sameUrl(node.url));
    if (twin) {
      const message = `is the node ${JSON.stringify(twin.alias)} already; ${JSON.stringify(node.alias)} is ignored, as its streams and viewers would count twice.`;
      result.notes.push({ path: `${path}.url`, message });
      continue;
    }
    seen.set(node.alias, { index, url: node.url });
    usable.push(node);
  }
  config.nodes = usable;
}

/** One form for what is the same address: host and scheme in lower case, no default port. */
function sameUrl(url: string): string {
  return URL.canParse(url) ? withoutSlash(new URL(url).href) : url;
}

/** `http.public` where it was set; null where it is made from `http.listen`, which may be no address for others. */
export function ownPublicUrl({ http }: Pick<Config, 'http'>): string | null {
  return http.public === ownUrl({ http }) ? null : http.public;
}

function ownUrl({ http }: Pick<Config, 'http'>): string {
  return `${http.tls.cert === '' ? 'http' : 'https'}://${http.listen}`;
}

function checkTls({ http: { tls } }: Config, { conflicts }: NormalizeResult): void {
  if ((tls.cert === '') === (tls.key === '')) return;
  const missing = tls.cert === '' ? 'cert' : 'key';
  conflicts.push({
    path: `http.tls.${missing}`,
    message: () => 'is missing; a certificate and its key belong together.',
  });
}

function checkProxy({ proxy: { url } }: Config, { conflicts }: NormalizeResult): void {
  if (url === '' || url === 'direct') return;
  const isGood = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (isGood) return;
  const message = 'is no URL of a proxy; expected http://host:port, or "direct".';
  conflicts.push({ path: 'proxy.url', message: () => message });
}

/** Returns the names of all storages. */
function normalizeStorages(config: Config, result: NormalizeResult): Set<string> {
  checkStorage('recorder.storage', config.recorder.storage, result);
  const names = new Set([DEFAULT_STORAGE]);
  for (const [index, storage] of config.storages.entries()) {
    const path = `storages[${index}]`;
    storage.name = storage.name.trim();
    const problem = nameProblem(storage.name, names);
    if (problem) result.conflicts.push({ path: `${path}.name`, message: () => problem });
    names.add(storage.name);
    if (storage.type === 'fs' && storage.root === '') {
      const message = 'is missing; type = "fs" needs a folder.';
      result.conflicts.push({ path: `${path}.root`, message: () => message });
    }
    checkStorage(path, storage, result);
  }
  return names;
}

function nameProblem(name: string, taken: ReadonlySet<string>): string | null {
  if (!STORAGE_NAME.test(name)) {
    return `is ${JSON.stringify(name)}; expected letters, digits, dashes, dots and underscores, at most 64.`;
  }
  if (name === DEFAULT_STORAGE) return 'is "default", which is the name of the one in recorder.storage.';
  return taken.has(name) ? `is ${JSON.stringify(name)}, as that of another storage.` : null;
}

function checkStorage(path: string, storage: StorageConfig, { conflicts, notes }: NormalizeResult): void {
  if (storage.type !== 's3') return;
  const endpoint = storage.endpoint ?? '';
  const url = endpoint.includes('://') ? endpoint : `https://${endpoint}`;
  if (hasUserInfo(url)) {
    storage.endpoint = bareUrl(url);
    const message =
      'has a user and a password in it, which are left out. Use access_key_id and secret_access_key.';
    notes.push({ path: `${path}.endpoint`, message });
  }
  storage.root ||= '/';
  const demand = (key: string, message: string) =>
    conflicts.push({ path: `${path}.${key}`, message: () => message });
  if (storage.bucket === '') demand('bucket', 'is missing; type = "s3" needs the name of a bucket.');
  const hasKey = Boolean(storage.access_key_id);
  const hasSecret = Boolean(storage.secret_access_key);
  if (hasKey === hasSecret && (hasKey || !storage.disable_config_load)) return;
  const missing = hasKey ? 'secret_access_key' : 'access_key_id';
  demand(missing, 'is missing; access_key_id and secret_access_key belong together.');
}

function checkRetention(rules: Config['retention'], { conflicts }: NormalizeResult): void {
  for (const [index, { max_bytes, max_gb, streams }] of rules.entries()) {
    const path = `retention[${index}]`;
    if (streams.length === 0 || streams.includes('')) {
      const message = 'names no streams; give patterns, as in streams = ["cam*"], or ["*"] for all.';
      conflicts.push({ path: `${path}.streams`, message: () => message });
    }
    if (max_bytes > 0 && max_gb > 0) {
      conflicts.push({
        path: `${path}.max_bytes`,
        message: () => 'is set beside max_gb; keep one of the two.',
      });
    }
  }
}

function hasUserInfo(url: string): boolean {
  return URL.canParse(url) && (new URL(url).username !== '' || new URL(url).password !== '');
}

function hasQuery(url: string): boolean {
  return URL.canParse(url) && (new URL(url).search !== '' || new URL(url).hash !== '');
}

/** The URL is shown, logged and kept; nobody expects a password there. */
function bareUrl(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  parsed.search = '';
  parsed.hash = '';
  return withoutSlash(parsed.href);
}

function withoutSlash(url: string): string {
  return url.trim().replace(/\/+$/, '');
}

/** A URL for messages and lists: the password in it, or in its query, is covered. */
export function hidePassword(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#:]*):.*@/i, '$1:[secret]@')
    .replace(/([?&][a-z_]*password=)[^&#]*/gi, '$1[secret]');
}

/** As `hidePassword`, and without the query of a node's or service's URL, which may be a credential. */
export function shownUrl(url: string): string {
  return hidePassword(url).replace(/[?#].*$/, '');
}
