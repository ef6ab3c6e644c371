import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigFolder } from './config-test-kit.ts';
import { redactConfig } from './redact-config.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

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

describe('a file of upstream', () => {
  it('is accepted with every section, and warned of what is taken differently', () => {
    const { config, warnings, path: file } = folder.load(UPSTREAM_FILE);
    expect(file).toBe(path.join(folder.path, 'liveman.toml'));
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

  it('covers every secret in a copy for logs', () => {
    const { config } = folder.load(
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
});
