import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { ConfigFolder, failure } from './config-test-kit.ts';
import { redactConfig } from './redact-config.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

describe('loadConfig', () => {
  it('gives the defaults without a file', () => {
    const { config, warnings, path: file } = loadConfig({ cwd: folder.path, env: {} });
    expect(file).toBeNull();
    expect(warnings).toEqual([]);
    expect(config.http).toEqual({
      listen: '127.0.0.1:8888',
      cors: false,
      public: 'http://127.0.0.1:8888',
      allow_insecure: false,
      trusted_proxies: [],
      tls: { cert: '', key: '', hsts_seconds: 0 },
    });
    expect(config.database).toEqual({ url: '', max_connections: 10, connect_timeout: 30 });
    expect(config.cascade.maximum_idle_time).toBe(60_000);
    expect(config.recorder.storage).toMatchObject({ type: 'fs', root: '' });
    expect(config.extra_ice.coturn).toBeUndefined();
    expect(config.segments.report_limit).toBe(10_000);
    expect(config.log.level).toBe('info');
  });

  it('reads an Alibaba OSS storage of older versions as the S3 storage that it is', () => {
    const { config, warnings } = folder.load(`
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
    expect(failure(() => folder.load(`[recorder.storage]\n${text}\n`)).message).toMatch(words);
  });

  it('takes several storages, one of them for a node', () => {
    const { config } = folder.load(`
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
    expect(failure(() => folder.load(text)).message).toMatch(words);
  });

  it('takes PORT, LOG_LEVEL and DATABASE_URL for absent keys only', () => {
    const env = { PORT: '9000', LOG_LEVEL: 'Debug', DATABASE_URL: 'postgresql://a@b/c' };
    const fromEnv = folder.load('', env).config;
    expect(fromEnv.http).toMatchObject({ listen: '127.0.0.1:9000', public: 'http://127.0.0.1:9000' });
    expect(fromEnv.log.level).toBe('debug');
    expect(fromEnv.database.url).toBe('postgresql://a@b/c');
    const text = '[http]\nlisten = "0.0.0.0:1"\n[log]\nlevel = "off"\n[database]\nurl = ""\n';
    const fromFile = folder.load(text, env).config;
    expect([fromFile.http.listen, fromFile.log.level, fromFile.database.url]).toEqual([
      '0.0.0.0:1',
      'off',
      '',
    ]);
  });

  it('names a bad environment variable', () => {
    expect(failure(() => folder.load('', { PORT: 'http' })).message).toBe(
      'The environment variable PORT: expected a port from 0 to 65535, found "http"',
    );
    expect(folder.load('', { DATABASE_URL: 'sqlite://x' }).warnings[0]?.message).toMatch(
      /DATABASE_URL: SQLite/,
    );
    expect(folder.load('', { LOG_LEVEL: 'loud' }).warnings[0]?.message).toMatch(
      /LOG_LEVEL: "loud" is none of/,
    );
    expect(folder.load('', { LOG_LEVEL: 'info,liveman=trace' }).config.log.level).toBe('info');
    expect(folder.load('', { PORT: '', DATABASE_URL: '' }).config.http.listen).toBe('127.0.0.1:8888');
  });
});
