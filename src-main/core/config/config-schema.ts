import Type, { type Static } from 'typebox';
import { LOG_LEVELS, type LogLevel } from '../base/logger.ts';
import { auditSection, auth } from './access-schema.ts';
import { count, flag, milliseconds, seconds, text, texts } from './schema-words.ts';

/*
 * Every key of liveman.toml, once: from this come validation, the defaults, resources/liveman.example.toml and the
 * table in the README. Keys that upstream's liveman has keep its names, types, units and defaults.
 *
 * Beside JSON Schema's own words an entry may have: `unit` of a number; `env`, the variable that is used when the
 * key is absent; `defaultText`, the default in words where the program works it out; `example`, shown instead of
 * the default in the example file; `isSecret` (with `format: 'url'` only the password in it is secret).
 */

const http = Type.Object(
  {
    listen: text('Address and port of the HTTP endpoint: API, player, WHIP and WHEP.', {
      default: '127.0.0.1:8888',
      format: 'socket-address',
      env: 'PORT',
      defaultText: '127.0.0.1:8888, or 127.0.0.1:$PORT',
    }),
    cors: flag('Let web pages of other origins call the API; they have to bring a token.'),
    public: text('Base URL under which nodes and browsers reach this endpoint.', {
      format: 'http-url',
      defaultText: 'http:// (with http.tls https://) and http.listen',
      example: 'https://liveman.example.com',
    }),
    tls: Type.Object(
      {
        cert: text(
          'File with the certificate and those between it and its root (PEM). With it the endpoint is HTTPS.',
          {
            example: '/etc/liveman/cert.pem',
          },
        ),
        key: text('File with its private key (PEM), without a pass phrase.', {
          example: '/etc/liveman/key.pem',
        }),
        hsts_seconds: count(
          'How long browsers shall insist on HTTPS (Strict-Transport-Security); 0: not said.',
          0,
          {
            unit: 's',
          },
        ),
      },
      { description: 'HTTPS. Both files are read again when they change.' },
    ),
    allow_insecure: flag(
      'Listen on other than loopback addresses although no authentication is set up: everyone who reaches the ' +
        'port may do everything.',
    ),
  },
  { description: 'The HTTP endpoint.' },
);

const log = Type.Object(
  {
    level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'off'] satisfies LogLevel[], {
      default: 'info',
      description: `What is logged: one of ${LOG_LEVELS.join(', ')}.`,
      env: 'LOG_LEVEL',
      defaultText: 'info, or $LOG_LEVEL',
    }),
  },
  { description: 'The log, JSON lines on standard error.' },
);

const node = Type.Object({
  alias: text('Unique name of the node.', { example: 'node-1' }),
  url: text('Its base URL.', { format: 'http-url', example: 'http://192.0.2.10:7777' }),
  token: text('Bearer token for the node.', { isSecret: true }),
  mode: Type.Enum(['poll', 'sse'], {
    default: 'poll',
    description: 'How its state is followed: by asking, or by server-sent events of nodes that have them.',
  }),
  ca_file: text('File with the certificate that signs its own (PEM), if no public one does.', {
    example: '/etc/liveman/node-ca.pem',
  }),
  site: text('Where it stands: nodes of one site are shown together.', { example: 'Berlin' }),
  storage: text(
    'Which storage it records to: the name of an entry of `storages`; empty: that of `recorder.storage`.',
    { example: 'harbour' },
  ),
  report_from: texts(
    'Addresses or ranges from which the node may report segments without a token, for old nodes that send none; ' +
      'better is a secret path, made in the window.',
    { example: ['192.0.2.10', '198.51.100.0/24'] },
  ),
});

const cascade = Type.Object(
  {
    mode: Type.Enum(['push', 'pull'], {
      default: 'push',
      description: 'Whether the node that has a stream sends it on, or the node that needs it fetches it.',
    }),
    check_attempts: count(
      'How often a new relay is looked for, once a second, before it counts as failed.',
      5,
      {
        maximum: 255,
      },
    ),
    check_tick_time: milliseconds('Interval of the search for idle relays.', 60_000),
    maximum_idle_time: milliseconds('A relay without viewers for this long is ended.', 60_000, 0),
    close_other_sub: flag('End the other subscriptions of a stream on a full node once its relay runs.'),
  },
  { description: 'Relays of a stream from one node to another.' },
);

const iceServer = Type.Object({
  urls: texts('STUN or TURN URLs.', { example: ['stun:stun.example.com:3478'] }),
  username: text('TURN user.'),
  credential: text('TURN password.', { isSecret: true }),
});

const coturn = Type.Object(
  {
    urls: texts('TURN URLs.', { example: ['turn:turn.example.com:3478'] }),
    secret: text('The `static-auth-secret` of coturn.', { isSecret: true, example: 'the shared secret' }),
    ttl: seconds('How long a credential is good.', 3600),
  },
  { description: 'Credentials for a coturn server.' },
);

const cloudflare = Type.Object(
  {
    key_id: text('TURN key id.', { example: 'key id' }),
    api_token: text('TURN key API token.', { isSecret: true, example: 'API token' }),
    ttl: seconds('How long a credential is good.', 3600),
  },
  { description: 'Credentials from Cloudflare TURN.' },
);

const extraIce = Type.Object(
  {
    override_upstream_ice_servers: flag('Leave out the ICE servers that the node names itself.'),
    ice_servers: Type.Array(iceServer, { default: [], description: 'ICE servers as they are.' }),
    coturn: Type.Optional(coturn),
    cloudflare: Type.Optional(cloudflare),
  },
  { description: 'ICE servers added to WHIP and WHEP replies.' },
);

const whip = Type.Object(
  {
    codec_order: texts(
      'Order in which codecs are put into the answer to a publisher, who takes the first: names, with parameters of ' +
        'their fmtp line after `;`. Others follow as the node has them. []: answers keep their order.',
      { default: ['H264;packetization-mode=1', 'AV1', 'VP9', 'VP8', 'opus'] },
    ),
    rtx: Type.Enum(['recorded-off', 'keep', 'off'], {
      default: 'recorded-off',
      description:
        'Whether publishers may repeat lost packets (rtx), which spoils recordings: recorded-off, not for streams ' +
        'that are or will be recorded; keep, always; off, never.',
    }),
    take_over: Type.Boolean({
      default: true,
      description:
        'Let a publisher in whose place is held by one that lost its connection or sends nothing for 5 s.',
    }),
  },
  { description: 'Publishing over WHIP through this endpoint.' },
);

const database = Type.Object(
  {
    url: text('PostgreSQL 14 or newer. Empty: the built-in server, in the data folder.', {
      format: 'url',
      isSecret: true,
      env: 'DATABASE_URL',
      defaultText: '$DATABASE_URL, or empty',
      example: 'postgresql://liveman:password@127.0.0.1:5432/liveman',
    }),
    max_connections: count('Connections kept at most.', 10, { minimum: 1 }),
    connect_timeout: seconds('How long the start waits for the server.', 30),
  },
  { description: 'The database.' },
);

const playback = Type.Object(
  {
    signed_redirect: flag('Answer requests for objects with a redirect to a signed URL of the storage.'),
    signed_ttl_seconds: seconds('How long such a URL is good.', 60),
  },
  { description: 'Handing out recorded objects.' },
);

const autoRecord = Type.Object(
  {
    enabled: flag('Start recording of streams by itself.'),
    auto_streams: texts('Patterns of stream names to record; * stands for any text.', { example: ['*'] }),
    base_prefix: text('Folder in the storage, before the stream name.'),
    tick_ms: milliseconds('Interval of the search for streams to record.', 5000),
    max_recording_seconds: seconds(
      'A recording is ended and a new one begun after this time; 0: never.',
      86_400,
      0,
    ),
    restart_stalled: count(
      'How often a recording that writes nothing any more is stopped and started again by itself; 0: never.',
      3,
      { minimum: 0 },
    ),
  },
  { description: 'Automatic recording.' },
);

const recordSync = Type.Object(
  {
    enabled: flag(
      'Index what the nodes recorded: fetch their lists of recordings (v0.9.0 and newer), follow running ones, read the media from the storage or, where it has none, from the node, and acknowledge a recording once all of it is indexed. Nodes that are pulled (August 2025) are asked for their segments.',
    ),
    tick_ms: milliseconds('Interval of fetching.', 10_000),
    limit: count('Entries asked for at once; all pages are read.', 200, { minimum: 1 }),
    delete_acknowledged: flag(
      "Delete acknowledged recordings from the node's list, as upstream does. Media stay where they are.",
    ),
  },
  { description: 'Index of recordings kept by the nodes.' },
);

const segments = Type.Object(
  {
    report_limit: count('Segments taken in one report; larger reports are refused.', 10_000, { minimum: 1 }),
    journal_max_bytes: count(
      'What the journal in the data folder may take: reports that come while the database is away are kept and ' +
        'acknowledged there. 0: they are refused.',
      1024 ** 3,
      { unit: 'bytes', maximum: Number.MAX_SAFE_INTEGER },
    ),
  },
  { description: 'Reports of recorded segments.' },
);

const storageKeys = {
  type: Type.Enum(['fs', 's3'], {
    default: 'fs',
    description: 'fs: a folder; s3: an S3-compatible service.',
  }),
  root: text('The folder; with s3 a prefix of all keys. A relative one starts at the working directory.', {
    defaultText: '`storage` in the data folder, with s3 /',
    example: '/srv/live777/storage',
  }),
  bucket: text('s3: the bucket.', { example: 'recordings' }),
  region: Type.Optional(text('s3: the region.', { defaultText: 'AWS environment', example: 'eu-central-1' })),
  endpoint: Type.Optional(
    text('s3: the URL of the service.', {
      defaultText: 'AWS environment',
      example: 'https://s3.example.com',
    }),
  ),
  access_key_id: Type.Optional(
    text('s3: access key.', { defaultText: 'AWS environment', example: 'access key' }),
  ),
  secret_access_key: Type.Optional(
    text('s3: its secret.', { defaultText: 'AWS environment', isSecret: true }),
  ),
  session_token: Type.Optional(
    text('s3: session token.', { defaultText: 'AWS environment', isSecret: true }),
  ),
  disable_config_load: flag('s3: do not read the AWS environment and profile.'),
  enable_virtual_host_style: flag('s3: put the bucket into the host name.'),
};

const storage = Type.Object(storageKeys, { description: 'Where recorded objects are.' });

const namedStorage = Type.Object({
  name: text('Name of the storage, for `nodes[].storage`.', { example: 'harbour' }),
  ...storageKeys,
});

const recorder = Type.Object({ storage }, { description: 'Recorded objects.' });

const exportsSection = Type.Object(
  {
    directory: text('Folder for exported clips. Empty: `exports` in the data folder.', {
      defaultText: '`exports` in the data folder',
      example: '/srv/liveman/exports',
    }),
  },
  { description: 'Exported clips.' },
);

const retentionRule = Type.Object({
  streams: texts(
    'Patterns of the streams it is for; * stands for any text. The first rule that matches counts.',
    {
      example: ['cam*'],
    },
  ),
  keep_days: count('Recordings older than this are removed; 0: at no age.', 0, {
    unit: 'days',
    maximum: 36_500,
    example: 30,
  }),
  max_gb: count('All streams of the rule together take no more, the oldest goes first; 0: no limit.', 0, {
    unit: 'GB',
    maximum: 9_000_000,
    example: 500,
  }),
  max_bytes: count('The same in bytes, instead of max_gb.', 0, {
    unit: 'bytes',
    maximum: Number.MAX_SAFE_INTEGER,
  }),
});

const retention = Type.Array(retentionRule, {
  default: [],
  description:
    'How long recordings are kept. Without rules all are; rules made in the window come after these.',
});

const webhook = Type.Object({
  url: text('Where alerts are posted as JSON.', {
    format: 'http-url',
    isSecret: true,
    example: 'https://hooks.example.com/liveman',
  }),
  secret: text(
    'Key of the x-liveman-signature header, an HMAC-SHA256 over time stamp and body. Empty: none.',
    {
      isSecret: true,
    },
  ),
  kinds: texts('Only these kinds of alerts; empty: all.', { example: ['node-down', 'recording-stalled'] }),
});

const alertsSection = Type.Object(
  { webhooks: Type.Array(webhook, { default: [], description: 'Who is told of alerts.' }) },
  { description: 'Alerts.' },
);

const net4mqtt = Type.Object(
  {
    mqtt_url: text(
      'MQTT broker that carries HTTP to nodes behind NAT; {alias} stands for the alias. Empty: off.',
      {
        format: 'url',
        isSecret: true,
        example: 'mqtt://broker.example.com:1883/net4mqtt?client_id={alias}',
      },
    ),
    alias: text('Our name at the broker.', { example: 'liveman' }),
    listen: text('Address of the SOCKS5 proxy.', { default: '0.0.0.0:1077', format: 'socket-address' }),
    domain: text('Host names under this domain go through the broker.', { default: 'net4mqtt.local' }),
  },
  { description: 'Nodes that are reached through MQTT.' },
);

const secrets = Type.Object(
  {
    store: Type.Enum(['auto', 'keychain', 'file'], {
      default: 'auto',
      description:
        'Where tokens and other secrets are kept: keychain, that of the operating system; file, a sealed file in the ' +
        'data folder, opened with $LIVEMAN_SECRET_KEY or with a key file; auto, the place used so far, else the ' +
        'keychain where there is one. Changing it moves them.',
    }),
  },
  {
    description:
      'Secrets. Every secret of this file may be written as "keychain:NAME" (stored) or "env:NAME".',
  },
);

const tls = Type.Object(
  {
    ca_files: texts(
      'Files with certificates (PEM) that are trusted besides the public ones, for all calls.',
      {
        example: ['/etc/liveman/company-ca.pem'],
      },
    ),
  },
  { description: 'Whom outgoing calls trust.' },
);

const proxy = Type.Object(
  {
    url: text('HTTP proxy for outgoing calls; direct: none, whatever the environment says.', {
      format: 'url',
      isSecret: true,
      env: 'HTTPS_PROXY',
      defaultText: '$HTTP_PROXY and $HTTPS_PROXY, or none',
      example: 'http://proxy.example.com:3128',
    }),
    no_proxy: Type.Optional(
      texts(
        'Hosts that are reached directly: names with all below them, addresses, networks like 10.0.0.0/8.',
        {
          defaultText: '$NO_PROXY, or none',
          example: ['example.internal', '10.0.0.0/8'],
        },
      ),
    ),
    loopback: flag('Reach even this computer through the proxy.'),
  },
  { description: 'The way of outgoing calls: to nodes, webhooks, S3, Cloudflare.' },
);

/** The shape of liveman.toml. */
export const ConfigSchema = Type.Object({
  http,
  auth,
  log,
  nodes: Type.Array(node, {
    default: [],
    description: 'The live777 nodes; more can be added in the window.',
  }),
  cascade,
  whip,
  extra_ice: extraIce,
  database,
  playback,
  auto_record: autoRecord,
  record_sync: recordSync,
  segments,
  recorder,
  storages: Type.Array(namedStorage, {
    default: [],
    description:
      'More storages, for nodes that record elsewhere. That of `recorder.storage` is called `default`.',
  }),
  exports: exportsSection,
  retention,
  alerts: alertsSection,
  audit: auditSection,
  net4mqtt,
  secrets,
  tls,
  proxy,
});

/** The settings in force, with every default filled in. Names and units are those of the file. */
export type Config = Static<typeof ConfigSchema>;
