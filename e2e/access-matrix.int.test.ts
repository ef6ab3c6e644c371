import { beforeAll, describe, expect, it } from 'vitest';
import { httpRoutes, type RouteName } from '../src-shared/contract/http-routes.ts';
import type { RouteSpec } from '../src-shared/contract/route.ts';
import { ask, setUpAccessBench, startManager } from './support/access-bench.ts';
import {
  accountsToml,
  type MatrixCredential,
  matrixCredentials,
  SECRET,
  STATIC_TOKEN,
  type StreamPair,
} from './support/access-credentials.ts';
import { inParallel, opens, tableText, type Verdict, verdict } from './support/access-table.ts';

/**
 * Every route of the contract with every kind of credential, for an own and a foreign stream, against a running
 * manager. What is right is written down in `access-credentials.ts`, by hand and not by the code that decides.
 */

setUpAccessBench();

/** Four thousand requests. */
const MATRIX_LIMIT_MS = 240_000;
const PLAIN: StreamPair = { own: 'cam1', foreign: 'cam2' };
const ODD: StreamPair = { own: 'höf/cam 1', foreign: 'höf/cam' };
/** Written otherwise they are other streams, or none at all. */
const NEAR_NAMES = ['CAM1', 'cam1%20', 'cam1%2F', '%2e%2e', 'cam1%00', '*', 'cam1%2Fx', 'c%61m2', 'cam1;x'];

const routes = Object.entries(httpRoutes) as [RouteName, RouteSpec][];
const configOf = (compat: 'strict' | 'upstream') => `
  [auth]
  compat = "${compat}"
  secret = "${SECRET}"
  tokens = ["${STATIC_TOKEN}"]
  ${accountsToml([PLAIN.own, ODD.own])}
  [[nodes]]
  alias = "edge"
  url = "http://127.0.0.1:9"
`;

/** A request that says nothing but which stream it is about: whatever else is wrong with it shows later. */
function pathFor(spec: RouteSpec, encodedStream: string): string {
  return spec.path.replace('{stream}', encodedStream).replace(/\{\*?\w+\}/g, 'x');
}

async function isLetIn(spec: RouteSpec, plainPath: string, credential: MatrixCredential): Promise<boolean> {
  const path = plainPath.replace('/report-as/x/', `/report-as/${credential.reportSecret ?? 'x'}/`);
  const { status } = await ask(spec.method, path, credential.ask);
  expect(status, `${spec.method} ${path} with ${credential.name}`).not.toBe(500);
  return status !== 401 && status !== 403;
}

function expectedVerdict(
  name: RouteName,
  { access, method, path }: RouteSpec,
  credential: MatrixCredential,
): Verdict {
  const { foreign, own } = credential;
  if (credential.isForeignPage && method !== 'GET') return '·';
  if (access === 'open') return '●';
  // The secret in the path is the credential, and `x` is none.
  if (path.includes('{secret}')) return credential.reportSecret === undefined ? '·' : '●';
  // An object that is nobody's is for those who may read everything.
  if (name === 'getObject') return opens(foreign, 'read') ? '●' : '·';
  if (name === 'getStream') {
    const sees = (accesses: string) => opens(accesses, 'read') || opens(accesses, 'execute');
    const isOwn = credential.name.startsWith('own mode');
    return verdict(isOwn || sees(own), sees(foreign));
  }
  // Without a stream in the path, it is enough to have one.
  return verdict(opens(own, access), opens(path.includes('{stream}') ? foreign : own, access));
}

/** Logging out would end the credential. */
const tried = routes.filter(([name]) => name !== 'logout');
const ofStreams = tried.filter(([, { access, path }]) => path.includes('{stream}') && access !== 'any');

/** Tries routes with credentials; `wrong` says where what was found is not what is expected. */
async function compare(
  asked: typeof tried,
  credentials: readonly MatrixCredential[],
  pair: StreamPair,
): Promise<{ table: Map<RouteName, string>; wrong: string[] }> {
  const wrong: string[] = [];
  const table = new Map<RouteName, string>();
  await inParallel(asked, async ([name, spec]) => {
    let row = '';
    for (const credential of credentials) {
      const own = await isLetIn(spec, pathFor(spec, encodeURIComponent(pair.own)), credential);
      const foreign = spec.path.includes('{stream}')
        ? await isLetIn(spec, pathFor(spec, encodeURIComponent(pair.foreign)), credential)
        : own;
      const found = verdict(own, foreign);
      const expected = expectedVerdict(name, spec, credential);
      if (found !== expected) wrong.push(`${name} with ${credential.name}: ${found}, not ${expected}`);
      row += found;
    }
    table.set(name, row);
  });
  return { table, wrong };
}

describe('every route with every credential', () => {
  beforeAll(async () => {
    await startManager(configOf('strict'));
  });

  it(
    'opens what it should and nothing else',
    async () => {
      const credentials = await matrixCredentials(PLAIN);
      const { table, wrong } = await compare(tried, credentials, PLAIN);
      const rows = tried.map(([name, { access }]) => ({
        name,
        needs: access,
        verdicts: table.get(name) ?? '',
      }));
      console.log(tableText('Access matrix', credentials, rows, wrong.length));
      expect(wrong).toEqual([]);
    },
    MATRIX_LIMIT_MS,
  );

  it('knows streams whose names have to be encoded', async () => {
    const isLimited = ({ foreign, own }: MatrixCredential) => own !== foreign;
    const credentials = (await matrixCredentials(ODD)).filter(isLimited);
    expect((await compare(ofStreams, credentials, ODD)).wrong).toEqual([]);
  });

  it('takes no near name for the own stream', async () => {
    const credentials = (await matrixCredentials(PLAIN)).filter(({ name }) => name === 'own mode 7');
    const wrong: string[] = [];
    await inParallel(ofStreams, async ([name, spec]) => {
      for (const near of NEAR_NAMES) {
        for (const credential of credentials) {
          const { status } = await ask(spec.method, pathFor(spec, near), credential.ask);
          if (![400, 401, 403, 404].includes(status))
            wrong.push(`${name} ${near} ${credential.name}: ${status}`);
          if (status === 404 && !['%2e%2e', '*'].includes(near)) wrong.push(`${name} ${near}: found`);
        }
      }
    });
    expect(wrong).toEqual([]);
  });

  it('lets a name be written in any encoding', async () => {
    const token = (await matrixCredentials(PLAIN)).find(({ name }) => name === 'own mode 7');
    expect((await ask('GET', '/api/record/c%61m1', token?.ask)).status).toBe(200);
  });
});

/** Upstream's table: what a stream's token may do with its own stream, by the bit it needs (0: none). */
const UPSTREAM: Partial<Record<RouteName, number>> = {
  getStream: 0,
  startRecording: 1,
  getRecording: 4,
  deleteStream: 1,
  stopRecording: 1,
  publish: 2,
  play: 4,
};

describe('auth.compat = "upstream"', () => {
  beforeAll(async () => {
    await startManager(configOf('upstream'));
  });

  it('decides as upstream’s table says', async () => {
    const credentials = await matrixCredentials(PLAIN);
    const jwts = credentials.filter(({ name }) => /^(\*|own) mode/.test(name));
    const wrong: string[] = [];
    await inParallel(
      tried.filter(([, { access, path }]) => access !== 'open' && !path.includes('{secret}')),
      async ([name, spec]) => {
        for (const credential of jwts) {
          const [who, , mode] = credential.name.split(' ');
          const bit = UPSTREAM[name];
          const mayOwn = who === '*' || (bit !== undefined && (bit === 0 || (Number(mode) & bit) !== 0));
          const path = (stream: string) => pathFor(spec, stream);
          if ((await isLetIn(spec, path(PLAIN.own), credential)) !== mayOwn) {
            wrong.push(`${name} own ${credential.name}: not ${mayOwn}`);
          }
          if (
            who !== '*' &&
            spec.path.includes('{stream}') &&
            (await isLetIn(spec, path(PLAIN.foreign), credential))
          ) {
            wrong.push(`${name} foreign ${credential.name}`);
          }
        }
      },
    );
    expect(wrong).toEqual([]);
  });

  it(
    'leaves accounts their roles, and nodes their reports',
    async () => {
      const isOurs = ({ name }: MatrixCredential) => /viewer|operator|admin|report path/.test(name);
      const credentials = (await matrixCredentials(PLAIN)).filter(isOurs);
      expect(credentials.length).toBeGreaterThan(6);
      expect((await compare(tried, credentials, PLAIN)).wrong).toEqual([]);
    },
    MATRIX_LIMIT_MS,
  );
});
