import Type from 'typebox';
import { count, flag, milliseconds, seconds, text, texts } from './schema-words.ts';

/* The keys about WHIP, WHEP and relays; what entries may have is said in config-schema.ts. */

export const cascade = Type.Object(
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

export const extraIce = Type.Object(
  {
    override_upstream_ice_servers: flag('Leave out the ICE servers that the node names itself.'),
    ice_servers: Type.Array(iceServer, { default: [], description: 'ICE servers as they are.' }),
    coturn: Type.Optional(coturn),
    cloudflare: Type.Optional(cloudflare),
  },
  { description: 'ICE servers added to WHIP and WHEP replies.' },
);

export const whip = Type.Object(
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
