import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { loadConfig } from './config.ts';
import { redactConfig } from './redact-config.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'liveman config '));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(toml: string, env: Record<string, string> = {}) {
  writeFileSync(path.join(cwd, 'liveman.toml'), toml);
  return loadConfig({ cwd, env });
}

function failure(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Every section that upstream's liveman reads, in the forms that its own sample file uses. */
const UPSTREAM_FILE = `
[http]
# Http Server Listen Address
listen = "[::]:8888"
cors = true
public = "http://manager.example.com:8888/"

[auth]
secret = "live777-secret"
tokens = ["live777"]

[[auth.accounts]]
username = "live777"
password = "live777-password"

[log]
level = "WARN"

[[nodes]]
alias = "static-0"
token = "live777"
url = "http://127.0.0.1:7777/"

[[nodes]]
alias = "static-1"
url = "http://127.0.0.1:7778"
mode = "sse"

[[liveion]]
alias = "old"
url = "http://127.0.0.1:7779"

[cascade]
mode = "pull"
check_attempts = 7
check_tick_time = 30000
maximum_idle_time = 0
close_other_sub = true

[extra_ice]
override_upstream_ice_servers = true
ice_servers = [
  { urls = ["stun:stun.example.com"], username = "u", credential = "ice-credential" }, # one
]

[extra_ice.coturn]
urls = ["turn:turn.example.com"]
secret = "coturn-secret"

[extra_ice.cloudflare]
key_id = "key"
api_token = "cloudflare-token"
ttl = 60

[database]
url = "sqlite://./liveman.db?mode=rwc"
max_connections = 4
connect_timeout = 5

[playback]
signed_redirect = true
signed_ttl_seconds = 30

[auto_record]
enabled = true
auto_streams = ["*"]
base_prefix = "r"
tick_ms = 1000
max_recording_seconds = 0

[record_sync]
enabled = true
tick_ms = 2000
limit = 50

[recorder.storage]
type = "s3"
bucket = "b"
region = "eu"
endpoint = "https://s3.example.com"
access_key_id = "ak"
secret_access_key = "s3-secret"
session_token = "s3-session"
disable_config_load = true
enable_virtual_host_style = true

[net4mqtt]
mqtt_url = "mqtt://user:mqtt-password@broker:1883/net4mqtt?client_id={alias}"
alias = "liveman-0"
listen = "127.0.0.1:1077"
domain = "net4mqtt.local"
`;

describe('loadConfig', () => {
  it('gives the defaults without a file', () => {
    const { config, warnings, path: file } = loadConfig({ cwd, env: {} });
    expect(file).toBeNull();
    expect(warnings).toEqual([]);
    expect(config.http).toEqual({
      listen: '127.0.0.1:8888',
      cors: false,
      public: 'http://127.0.0.1:8888',
      allow_insecure: false,
      tls: { cert: '', key: '', hsts_seconds: 0 },
    });
    expect(config.database).toEqual({ url: '', max_connections: 10, connect_timeout: 30 });
    expect(config.cascade.maximum_idle_time).toBe(60_000);
    expect(config.recorder.storage).toMatchObject({ type: 'fs', root: '' });
    expect(config.extra_ice.coturn).toBeUndefined();
    expect(config.segments.report_limit).toBe(10_000);
    expect(config.log.level).toBe('info');
  });

  it('accepts a file of upstream with every section, and says what it takes differently', () => {
    const { config, warnings, path: file } = load(UPSTREAM_FILE);
    expect(file).toBe(path.join(cwd, 'liveman.toml'));
    expect(warnings.map((warning) => warning.path)).toEqual(['liveion', 'database.url']);
    const line = UPSTREAM_FILE.split('\n').findIndex((text) => text.startsWith('url = "sqlite')) + 1;
    expect(warnings[1]?.message).toContain(
      `liveman.toml:${line}: database.url SQLite databases are not read`,
    );
    expect(config.http).toMatchObject({ listen: '[::]:8888', public: 'http://manager.example.com:8888' });
    expect(config.log.level).toBe('warn');
    expect(config.nodes).toEqual([
      {
        alias: 'static-0',
        url: 'http://127.0.0.1:7777',
        token: 'live777',
        mode: 'poll',
        site: '',
        storage: '',
        report_from: [],
        ca_file: '',
      },
      {
        alias: 'static-1',
        url: 'http://127.0.0.1:7778',
        token: '',
        mode: 'sse',
        site: '',
        storage: '',
        report_from: [],
        ca_file: '',
      },
    ]);
    expect(config.cascade.check_attempts).toBe(7);
    expect(config.extra_ice.ice_servers).toEqual([
      { urls: ['stun:stun.example.com'], username: 'u', credential: 'ice-credential' },
    ]);
    expect(config.extra_ice.coturn?.ttl).toBe(3600);
    expect(config.database.url).toBe('');
    expect(config.recorder.storage).toMatchObject({ type: 's3', root: '/', bucket: 'b' });
  });

  it('reads an Alibaba OSS storage of older versions as the S3 storage that it is', () => {
    const { config, warnings } = load(`
[recorder.storage]
type = "oss"
bucket = "b"
region = "oss-cn-hangzhou"
endpoint = "https://oss-cn-hangzhou.aliyuncs.com"
access_key_id = "key"
access_key_secret = "secret"
security_token = "token"
`);
    expect(config.recorder.storage).toMatchObject({
      type: 's3',
      root: '/',
      access_key_id: 'key',
      secret_access_key: 'secret',
      session_token: 'token',
      enable_virtual_host_style: true,
    });
    expect(warnings.map(({ message }) => message)).toEqual([
      'liveman.toml:3: recorder.storage.type "oss" is read as "s3" with enable_virtual_host_style = true; write it so.',
    ]);
  });

  it.each([
    ['type = "s3"', /recorder\.storage\.bucket is missing/],
    ['type = "s3"\nbucket = "b"\naccess_key_id = "k"', /secret_access_key is missing/],
    ['type = "s3"\nbucket = "b"\nsecret_access_key = "s"', /access_key_id is missing/],
    ['type = "s3"\nbucket = "b"\ndisable_config_load = true', /access_key_id is missing/],
  ])('refuses a bucket that cannot be used: %s', (text, words) => {
    expect(failure(() => load(`[recorder.storage]\n${text}\n`)).message).toMatch(words);
  });

  it('takes several storages, one of them for a node', () => {
    const { config } = load(`
[[storages]]
name = "harbour"
type = "s3"
bucket = "b"
secret_access_key = "hidden"
access_key_id = "k"
[[storages]]
name = "attic"
root = "/srv/attic"
[[nodes]]
alias = "edge-1"
url = "http://n"
storage = "attic"
`);
    expect(config.storages).toMatchObject([
      { name: 'harbour', type: 's3', root: '/', bucket: 'b' },
      { name: 'attic', type: 'fs', root: '/srv/attic' },
    ]);
    expect(config.nodes[0]?.storage).toBe('attic');
    expect(JSON.stringify(redactConfig(config))).not.toContain('hidden');
  });

  it.each([
    ['[[storages]]\nname = "a"', /storages\[0\]\.root is missing/],
    ['[[storages]]\nname = "a"\ntype = "s3"', /storages\[0\]\.bucket is missing/],
    ['[[storages]]\nroot = "/x"', /storages\[0\]\.name is ""/],
    ['[[storages]]\nname = "a/b"\nroot = "/x"', /storages\[0\]\.name is "a\/b"/],
    ['[[storages]]\nname = "default"\nroot = "/x"', /which is the name of the one in recorder\.storage/],
    [
      '[[storages]]\nname = "a"\nroot = "/x"\n[[storages]]\nname = "a"\nroot = "/y"',
      /that of another storage/,
    ],
    ['[[nodes]]\nalias = "n"\nurl = "http://n"\nstorage = "b"', /nodes\[0\]\.storage is "b"; there are only/],
  ])('refuses storages that cannot be told apart or used: %s', (text, words) => {
    expect(failure(() => load(text)).message).toMatch(words);
  });

  it('covers every secret in a copy for logs', () => {
    const { config } = load(
      UPSTREAM_FILE.replace('sqlite://./liveman.db?mode=rwc', 'postgresql://u:db-word@h/d'),
    );
    const text = JSON.stringify(redactConfig(config));
    for (const secret of [
      'live777-secret',
      '"live777"]',
      'live777-password',
      'ice-credential',
      'coturn-secret',
    ]) {
      expect(text).not.toContain(secret);
    }
    for (const secret of ['cloudflare-token', 's3-secret', 's3-session', 'mqtt-password', 'db-word']) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('postgresql://u:[secret]@h/d');
    expect(redactConfig(config).nodes[0]?.token).toBe('[secret]');
    expect(redactConfig(config).nodes[1]?.token).toBe('');
    expect(config.nodes[0]?.token).toBe('live777');
  });

  it('takes PORT, LOG_LEVEL and DATABASE_URL for absent keys only', () => {
    const env = { PORT: '9000', LOG_LEVEL: 'Debug', DATABASE_URL: 'postgresql://a@b/c' };
    const fromEnv = load('', env).config;
    expect(fromEnv.http).toMatchObject({ listen: '127.0.0.1:9000', public: 'http://127.0.0.1:9000' });
    expect(fromEnv.log.level).toBe('debug');
    expect(fromEnv.database.url).toBe('postgresql://a@b/c');
    const text = '[http]\nlisten = "0.0.0.0:1"\n[log]\nlevel = "off"\n[database]\nurl = ""\n';
    const fromFile = load(text, env).config;
    expect([fromFile.http.listen, fromFile.log.level, fromFile.database.url]).toEqual([
      '0.0.0.0:1',
      'off',
      '',
    ]);
  });

  it('names a bad environment variable', () => {
    expect(failure(() => load('', { PORT: 'http' })).message).toBe(
      'The environment variable PORT: expected a port from 0 to 65535, found "http"',
    );
    expect(load('', { DATABASE_URL: 'sqlite://x' }).warnings[0]?.message).toMatch(/DATABASE_URL: SQLite/);
    expect(load('', { LOG_LEVEL: 'loud' }).warnings[0]?.message).toMatch(/LOG_LEVEL: "loud" is none of/);
    expect(load('', { LOG_LEVEL: 'info,liveman=trace' }).config.log.level).toBe('info');
    expect(load('', { PORT: '', DATABASE_URL: '' }).config.http.listen).toBe('127.0.0.1:8888');
  });

  it('names file, line, key, what is expected and what was found, for all mistakes at once', () => {
    const error = failure(() =>
      load(
        [
          '[http]',
          'cors = "yes"',
          'listen = "8888"',
          '[cascade]',
          'check_attempts = 256',
          'mode = "both"',
          '[[nodes]]',
          'alias = "a"',
          '[[nodes]]',
          'alias = "b"',
          'url = "localhost:7777"',
          '[extra_ice]',
          'ice_servers = [',
          '  { urls = "stun:x" },',
          ']',
          '[auth]',
          'secret = 12345',
        ].join('\n'),
      ),
    );
    expect(error.code).toBe('bad_request');
    expect(error.message.split('\n').sort()).toEqual(
      [
        'liveman.toml:2: http.cors: expected true or false, found the text "yes"',
        'liveman.toml:3: http.listen: expected an address and port, like "127.0.0.1:8888", found the text "8888"',
        'liveman.toml:5: cascade.check_attempts: expected a whole number from 0 to 255, found the number 256',
        'liveman.toml:6: cascade.mode: expected one of "push", "pull", found the text "both"',
        'liveman.toml:11: nodes[1].url: expected a URL that begins with http:// or https://, found the text "localhost:7777"',
        'liveman.toml:13: extra_ice.ice_servers[0].urls: expected a list of texts, found the text "stun:x"',
        'liveman.toml:17: auth.secret: expected a text in quotation marks, found a number',
      ].sort(),
    );
  });

  it('names the line of broken TOML without repeating the file', () => {
    const error = failure(() => load('[auth]\nsecret = "hidden\n'));
    expect(error.message).toMatch(/^liveman\.toml:2:\d+: this is not TOML: /);
    expect(error.message).not.toContain('hidden');
    expect(String(error.stack)).not.toContain('hidden');
  });

  it('warns of unknown keys and suggests the one that was meant', () => {
    const { warnings } = load(
      '[http]\nlisten_adress = "x"\nLISTEN = "y"\nzzz = 1\n[logs]\n[auth]\ncors = true\n',
    );
    expect(warnings.map(({ message }) => message)).toEqual([
      'liveman.toml:2: http.listen_adress is not a known key and is ignored.',
      'liveman.toml:3: http.LISTEN is not a known key and is ignored. Did you mean http.listen?',
      'liveman.toml:4: http.zzz is not a known key and is ignored.',
      'liveman.toml:5: logs is not a known key and is ignored. Did you mean log?',
      'liveman.toml:7: auth.cors is not a known key and is ignored. Did you mean http.cors?',
    ]);
  });

  it('refuses two nodes of one alias and names both', () => {
    const text =
      '[[nodes]]\nalias = "a"\nurl = "http://one"\n\n[[nodes]]\nurl = "http://two/"\nalias = "a"\n';
    expect(failure(() => load(text)).message).toBe(
      'liveman.toml:7: nodes[1].alias is "a" (http://two), which liveman.toml:2: nodes[0].alias is already ' +
        '(http://one). Give each node its own alias.',
    );
  });

  it('ignores a node without alias or URL, which upstream accepts, with a warning', () => {
    const { config, warnings } = load('[[nodes]]\nurl = "http://one"\n[[nodes]]\nalias = "b"\n');
    expect(config.nodes).toEqual([]);
    expect(warnings.map(({ message }) => message)).toEqual([
      'liveman.toml:1: nodes[0] has no alias and is ignored.',
      'liveman.toml:3: nodes[1] has no url and is ignored.',
    ]);
  });

  it('refuses a database URL of another kind without repeating its password', () => {
    const error = failure(() => load('[database]\nurl = "mysql://u:hidden@h/d"\n'));
    expect(error.message).toMatch(/^liveman\.toml:2: database\.url is not a database URL/);
    expect(error.message).not.toContain('hidden');
  });

  it('wants a file that is named to exist and to be readable text', () => {
    const missing = failure(() => loadConfig({ cwd, env: {}, path: 'other.toml' }));
    expect(missing.message).toBe(`The configuration file ${path.join(cwd, 'other.toml')} does not exist.`);
    mkdirSync(path.join(cwd, 'folder'));
    expect(failure(() => loadConfig({ cwd, env: {}, path: 'folder' })).message).toMatch(/is a folder/);
    writeFileSync(path.join(cwd, 'latin.toml'), Buffer.from([0x23, 0xe4, 0x0a]));
    expect(failure(() => loadConfig({ cwd, env: {}, path: 'latin.toml' })).message).toMatch(/not UTF-8/);
  });

  it('says when a table stands where a list of tables belongs', () => {
    expect(failure(() => load('[nodes]\nalias = "a"\n')).message).toBe(
      'liveman.toml:1: nodes: expected a list of tables, each begun with double brackets, found a table',
    );
    expect(failure(() => load('http = 1\n', { PORT: '1' })).message).toMatch(
      /:1: http: expected a table, found the number 1/,
    );
  });
});
