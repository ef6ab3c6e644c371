import Type, { type Static } from 'typebox';
import { LOG_LEVELS, type LogLevel } from '../base/logger.ts';
import { auditSection, auth } from './access-schema.ts';
import {
  autoRecord,
  exportsSection,
  integritySection,
  namedStorage,
  playback,
  recorder,
  recordSync,
  retention,
  segments,
} from './recording-schema.ts';
import { count, flag, seconds, text, texts } from './schema-words.ts';
import { cascade, extraIce, whip } from './steering-schema.ts';

/*
 * Every key of liveman.toml, once: from this come validation, the defaults, resources/liveman.example.toml and the
 * table in the README. Keys that upstream's liveman has keep its names, types, units and defaults.
 *
 * Beside JSON Schema's own words an entry may have: `unit` of a number; `env`, the variable that is used when the
 * key is absent; `defaultText`, the default in words where the program works it out; `example`, shown instead of
 * the default in the example file; `isSecret` (`'password'` where of a URL only the password in it is).
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
    trusted_proxies: texts(
      'Addresses or ranges of reverse proxies before the endpoint: who calls, by which name and over HTTPS or not, is taken ' +
        'from X-Forwarded-For, X-Forwarded-Host and X-Forwarded-Proto of these, and of nobody else.',
      { example: ['127.0.0.1', '10.0.0.0/8'] },
    ),
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
  url: text('Its base URL.', {
    format: 'http-url',
    isSecret: 'password',
    example: 'http://192.0.2.10:7777',
  }),
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

const database = Type.Object(
  {
    url: text('PostgreSQL 14 or newer. Empty: the built-in server, in the data folder.', {
      format: 'url',
      isSecret: 'password',
      env: 'DATABASE_URL',
      defaultText: '$DATABASE_URL, or empty',
      example: 'postgresql://liveman:password@127.0.0.1:5432/liveman',
    }),
    max_connections: count('Connections kept at most.', 10, { minimum: 1 }),
    connect_timeout: seconds(
      'How long the start waits for the server; a manager begins without it after 5 s and takes it up once it is there.',
      30,
    ),
  },
  { description: 'The database.' },
);

const webhook = Type.Object({
  url: text('Where alerts are posted as JSON; one that comes again has the same `id`.', {
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
        isSecret: 'password',
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
      isSecret: 'password',
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
  integrity: integritySection,
  alerts: alertsSection,
  audit: auditSection,
  net4mqtt,
  secrets,
  tls,
  proxy,
});

/** The settings in force, with every default filled in. Names and units are those of the file. */
export type Config = Static<typeof ConfigSchema>;
