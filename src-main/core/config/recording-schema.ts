import Type from 'typebox';
import { count, flag, milliseconds, seconds, text, texts } from './schema-words.ts';

/* The keys about recordings and where they are kept; what entries may have is said in config-schema.ts. */

export const playback = Type.Object(
  {
    signed_redirect: flag('Answer requests for objects with a redirect to a signed URL of the storage.'),
    signed_ttl_seconds: seconds('How long such a URL is good.', 60),
  },
  { description: 'Handing out recorded objects.' },
);

export const autoRecord = Type.Object(
  {
    enabled: flag('Start recording of streams by itself.'),
    auto_streams: texts(
      'Patterns of stream names to record: * is any text, ? any character, [a-f] one of these, [!a-f] none of these.',
      { example: ['*'] },
    ),
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

export const recordSync = Type.Object(
  {
    enabled: flag(
      'Index what the nodes recorded: fetch their lists of recordings (v0.9.0 and newer), follow running ones, read the media from the storage or, where it has none, from the node, and acknowledge a recording once all of it is indexed. Nodes that are pulled (August 2025) are asked for their segments; of those that have no list of recordings the folders in their storage are followed. What none of them tells of, as it was recorded while the manager was away, is looked for in their storages.',
    ),
    tick_ms: milliseconds('Interval of fetching.', 10_000),
    limit: count('Entries asked for at once; all pages are read.', 200, { minimum: 1 }),
    delete_acknowledged: flag(
      "Delete acknowledged recordings from the node's list, as upstream does. Media stay where they are.",
    ),
  },
  { description: 'Index of recordings kept by the nodes.' },
);

export const segments = Type.Object(
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
    text('s3: access key.', { defaultText: 'AWS environment', example: 'access key', isSecret: true }),
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

export const namedStorage = Type.Object({
  name: text('Name of the storage, for `nodes[].storage`.', { example: 'harbour' }),
  ...storageKeys,
});

export const recorder = Type.Object({ storage }, { description: 'Recorded objects.' });

export const exportsSection = Type.Object(
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
    'Patterns of the streams it is for, as in auto_record.auto_streams. The first rule that matches counts.',
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

export const retention = Type.Array(retentionRule, {
  default: [],
  description:
    'How long recordings are kept. Without rules all are; rules made in the window come after these.',
});

/** When the index is held against the storages by itself. */
export const integritySection = Type.Object(
  {
    every_days: count('How old the last check may get before one is made by itself; 0: never.', 7, {
      unit: 'days',
      minimum: 0,
    }),
    at_hour: count("Hour of the night at which it begins, this computer's time.", 3, {
      minimum: 0,
      maximum: 23,
    }),
    max_minutes: count('How long it works in one night; the rest follows in the next ones.', 120, {
      unit: 'minutes',
      minimum: 1,
    }),
  },
  { description: 'Checks of the index against the storages that nobody asks for. They change nothing.' },
);
