import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../../e2e/support/s3-server.ts';
import { FsStore } from './fs-store.ts';
import { testStorage } from './probe-storage.ts';
import type { S3Options } from './s3-options.ts';
import { S3Store } from './s3-store.ts';
import type { NamedStorage, StorageConfig } from './storage-set.ts';

/** What trying a storage says, of an S3 service that checks signatures and of folders. */

const signal = new AbortController().signal;

/** `step:outcome`, and the problem of those that failed. */
async function outcomes(storage: NamedStorage) {
  const { message, outcome, steps } = await testStorage(storage, signal);
  const failed = steps.find((step) => step.outcome === 'failed');
  return {
    outcome,
    message,
    problem: failed?.problem ?? null,
    steps: steps.map((step) => `${step.step}:${step.outcome}`).join(' '),
  };
}

describe('a bucket', () => {
  let server: S3Server;

  const bucket = (changes: Partial<S3Options> = {}): NamedStorage => {
    const config = {
      type: 's3',
      bucket: server.bucket,
      root: '/tested/',
      region: server.region,
      endpoint: server.url,
      access_key_id: server.keyId,
      secret_access_key: server.secret,
      disable_config_load: true,
      enable_virtual_host_style: false,
      ...changes,
    } as StorageConfig;
    const store = new S3Store(config);
    return { name: 'b', section: 'storages[0]', config, store, uploadTarget: { kind: 'service', store } };
  };
  beforeAll(async () => {
    server = await startS3Server();
  });
  afterEach(() => {
    server.fault = () => undefined;
    server.clockAheadMs = 0;
  });
  afterAll(() => server?.close());

  it('that works is listed, written, read, and left as it was', async () => {
    expect(await outcomes(bucket())).toMatchObject({
      outcome: 'ok',
      steps: 'list:ok write:ok read:ok remove:ok',
    });
    const left: string[] = [];
    for await (const { path } of bucket().store.list('')) left.push(path);
    expect(left).toEqual([]);
  });

  it.each([
    ['wrong-key', { access_key_id: 'NOBODY' }, /does not know the access key.*storages\[0\]\.access_key_id/],
    ['wrong-secret', { secret_access_key: 'no' }, /secret does not belong.*storages\[0\]\.secret_access_key/],
    ['wrong-region', { region: 'mars-1' }, /another region \(eu-test-1\).*storages\[0\]\.region/],
    ['no-bucket', { bucket: 'nothing-here' }, /has no bucket "nothing-here"/],
    ['unreachable', { endpoint: 'http://127.0.0.1:9' }, /cannot be reached \(ECONNREFUSED\)/],
    ['unreachable', { endpoint: 'http://no-such-host.invalid' }, /cannot be reached \(E/],
  ] as const)('tells %s of %j', async (problem, changes, words) => {
    const found = await outcomes(bucket(changes));
    expect(found).toMatchObject({ outcome: 'failed', problem, steps: 'list:failed' });
    expect(found.message).toMatch(words);
    expect(found.message).not.toContain(server.secret);
  });

  it('tells that no secure connection can be made', async () => {
    const found = await outcomes(bucket({ endpoint: server.url.replace('http:', 'https:') }));
    expect(found).toMatchObject({ outcome: 'failed', problem: 'tls' });
    expect(found.message).toMatch(/no secure connection/);
  });

  it('tells that a clock is wrong', async () => {
    server.clockAheadMs = 3_600_000;
    // The client learns the difference from the first answer; a service that goes on refusing is told.
    server.fault = () => ({ kind: 'status', status: 403, code: 'RequestTimeTooSkewed' });
    expect(await outcomes(bucket())).toMatchObject({ outcome: 'failed', problem: 'clock-skew' });
  });

  it('that does not answer is given up', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const found = await outcomes(bucket({ endpoint: `http://127.0.0.1:${port}` }));
    expect(found).toMatchObject({ outcome: 'failed', problem: 'unreachable' });
    silent.close();
  }, 20_000);

  it('names each permission that is missing', async () => {
    const refuse = (isRefused: (method: string, path: string) => boolean) => {
      server.fault = (method, path) =>
        isRefused(method, path) ? { kind: 'status', status: 403, code: 'AccessDenied' } : undefined;
    };
    const isList = (method: string, path: string) => method === 'GET' && path.includes('list-type=2');
    const test = (isRefused: (method: string, path: string) => boolean) => {
      refuse(isRefused);
      return outcomes(bucket());
    };
    expect(await test(isList)).toMatchObject({
      outcome: 'failed',
      steps: 'list:failed write:ok read:ok remove:ok',
      message: expect.stringMatching(/may not list objects.*s3:ListBucket/),
    });
    expect(await test((method, path) => method === 'GET' && !isList(method, path))).toMatchObject({
      outcome: 'failed',
      steps: 'list:ok write:ok read:failed remove:ok',
      message: expect.stringMatching(/may not read objects.*s3:GetObject/),
    });
    const readOnly = await test((method) => method === 'PUT');
    expect(readOnly).toMatchObject({
      outcome: 'read-only',
      steps: 'list:ok write:failed read:skipped remove:skipped',
    });
    expect(readOnly.message).toMatch(/can be indexed and played.*s3:PutObject/);
    expect(await test((method) => method === 'DELETE')).toMatchObject({
      outcome: 'read-only',
      steps: 'list:ok write:ok read:ok remove:failed',
      message: expect.stringMatching(/s3:DeleteObject/),
    });
    refuse(() => false);
    expect(await outcomes(bucket({ access_key_id: server.powerlessKeyId }))).toMatchObject({
      outcome: 'failed',
      problem: 'no-permission',
    });
  });
});

describe('a folder', () => {
  let root: string;
  const folder = (at = root): NamedStorage => {
    const config = { type: 'fs', root: at } as StorageConfig;
    return {
      name: 'f',
      section: 'storages[0]',
      config,
      store: new FsStore(at),
      uploadTarget: { kind: 'folder', root: at },
    };
  };
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'probe-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('that works is left as it was', async () => {
    expect(await outcomes(folder())).toMatchObject({
      outcome: 'ok',
      steps: 'list:ok write:ok read:ok remove:ok',
    });
    expect(await readdir(root)).toEqual([]);
  });

  it('that is missing or a file is told', async () => {
    expect(await outcomes(folder(join(root, 'none')))).toMatchObject({
      outcome: 'failed',
      problem: 'no-folder',
      message: expect.stringMatching(/There is no folder .*none \(ENOENT\)/),
    });
    await writeFile(join(root, 'file'), '');
    expect(await outcomes(folder(join(root, 'file')))).toMatchObject({ problem: 'no-folder' });
  });

  it('that this user may not enter or write is told', async () => {
    await mkdir(join(root, 'cam1'));
    await writeFile(join(root, 'cam1/a'), 'media');
    await withMode(root, 0o555, async () => {
      const readOnly = await outcomes(folder());
      expect(readOnly).toMatchObject({
        outcome: 'read-only',
        problem: 'no-permission',
        steps: 'list:ok write:failed read:ok remove:skipped',
      });
      expect(readOnly.message).toMatch(/the right to write to it/);
    });
    await withMode(root, 0o000, async () => {
      expect(await outcomes(folder())).toMatchObject({ outcome: 'failed', problem: 'no-permission' });
    });
  });
});

/** Root may do everything, so it becomes somebody else for the time of `work`. */
async function withMode(path: string, mode: number, work: () => Promise<void>): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  await chmod(path, mode);
  if (isRoot) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(path, 0o700);
  }
}
