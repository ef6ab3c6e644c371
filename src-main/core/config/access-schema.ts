import Type from 'typebox';
import { ACCOUNT_ROLES } from '../../../src-shared/model/account.ts';
import { count, seconds, text, texts } from './schema-words.ts';

const account = Type.Object({
  username: text('Login name.', { example: 'operator' }),
  password: text('Its password, or better a hash of it made by `liveman hash-password`.', {
    isSecret: true,
    example: 'change-me',
  }),
  role: Type.Enum([...ACCOUNT_ROLES], {
    default: 'admin',
    description:
      'viewer: sees and watches; operator: also steers streams and exports; admin: also nodes, settings and accounts.',
  }),
  streams: texts(
    'Patterns of stream names that the account is limited to, as in auto_record.auto_streams; empty: all streams.',
    {
      example: ['hall-*'],
    },
  ),
});

/** Who may use the endpoint. */
export const auth = Type.Object(
  {
    compat: Type.Enum(['strict', 'upstream'], {
      default: 'strict',
      description:
        'upstream: decide as upstream does, where no tokens means no authentication whatever else is set, `*` tokens ' +
        'may do everything whatever their mode, and an empty secret is taken. Only for clients that need it.',
    }),
    secret: text('Key that signs JWTs (HS256); nodes with the same key take them too.', {
      isSecret: true,
      example: 'a long random text',
    }),
    token_max_seconds: seconds('How long issued tokens may be good.', 31_536_000),
    session_idle_seconds: seconds('A login without use ends after this time.', 86_400),
    session_max_seconds: seconds('A login ends after this time at the latest.', 604_800),
    tokens: texts(
      'Bearer tokens that may do everything. No tokens, no secret and no accounts: authentication is off.',
      {
        isSecret: true,
        example: ['another long random text'],
      },
    ),
    accounts: Type.Array(account, {
      default: [],
      description: 'People who log in with a name and a password.',
    }),
  },
  { description: 'Who may use the endpoint.' },
);

/** What is kept of who did what. */
export const auditSection = Type.Object(
  { keep_days: count('How long entries are kept; 0: for ever.', 365, { unit: 'days' }) },
  { description: 'Who did what: logins, playing, exports, changes.' },
);
