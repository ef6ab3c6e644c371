import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type S3Fault, type S3Server, startS3Server } from '../../../e2e/support/s3-server.ts';
import type { S3Options } from './s3-options.ts';
import { S3Store } from './s3-store.ts';

/** The S3 store against a service that checks signatures, with and without faults. */

const SIZE_BYTES = 3_000_000;
const PATH = 'cam1/1762842203/v_seg_0001.m4s';
const object = randomBytes(SIZE_BYTES);

let server: S3Server;

function open(options: Partial<S3Options> = {}, limitMs?: number): S3Store {
  const config: S3Options = {
    bucket: server.bucket,
    root: '/store/',
    region: server.region,
    endpoint: server.url,
    access_key_id: server.keyId,
    secret_access_key: server.secret,
    disable_config_load: true,
    ...options,
  };
  return new S3Store(config, limitMs);
}

async function put(path: string, bytes: Uint8Array, store = open()): Promise<number> {
  const { headers, url } = await store.presign({ method: 'PUT', path, ttlSeconds: 60 });
  expect(headers).toEqual({ host: new URL(url).host });
  return (await fetch(url, { method: 'PUT', body: Buffer.from(bytes) })).status;
}

/** Lets the fault happen to the next `count` requests that name the object. */
function failNext(count: number, fault: S3Fault): void {
  let left = count;
  server.fault = (_, path) => (path.includes('cam1') && left-- > 0 ? fault : undefined);
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  server = await startS3Server();
  expect(await put(PATH, object)).toBe(200);
});
afterEach(() => {
  server.fault = () => undefined;
  server.clockAheadMs = 0;
});
afterAll(() => server?.close());

describe('removing', () => {
  it('removes many in batches; one that is not there is fine', async () => {
    const store = open();
    const odd = 'cam 2/1762842203/ä & <b>.m4s';
    await put(odd, object.subarray(0, 10));
    await put('cam2/kept', object.subarray(0, 10));
    const calls = server.requests.length;
    const paths = [odd, ...Array.from({ length: 1200 }, (_, i) => `cam2/none_${i}`)];
    expect(await store.remove(paths)).toEqual({ missing: null, failures: [] });
    // One to see that the bucket is there.
    expect(server.requests.length - calls).toBe(3);
    expect(await store.stat(odd)).toBeNull();
    expect(await store.stat('cam2/kept')).not.toBeNull();
    await store.remove(['cam2/kept']);
  });

  it('says what keeps it from removing', async () => {
    const powerless = open({ access_key_id: server.powerlessKeyId });
    await expect(powerless.remove([PATH])).rejects.toThrow(/no permission/);
    await expect(open({ bucket: 'none' }).remove([PATH])).rejects.toThrow(/no bucket/);
    await expect(open().remove(['../x'])).rejects.toMatchObject({ code: 'bad_request' });
    expect(await open().stat(PATH)).not.toBeNull();
  });
});

describe('reading', () => {
  it('says what is known of an object, and null of none', async () => {
    const info = await open().stat(PATH);
    expect(info).toMatchObject({ sizeBytes: SIZE_BYTES, etag: expect.stringMatching(/^".+"$/) });
    expect(Math.abs(Date.now() - (info?.modifiedMs ?? 0))).toBeLessThan(600_000);
    expect(await open().stat('cam1/1762842203/v_seg_0002.m4s')).toBeNull();
  });

  it('reads parts, to the end of the object at most', async () => {
    const store = open();
    expect(await store.read(PATH, 100, 200)).toEqual(object.subarray(100, 300));
    expect(await store.read(PATH, SIZE_BYTES - 5, 100)).toEqual(object.subarray(-5));
    expect(await store.read(PATH, SIZE_BYTES + 5, 100)).toHaveLength(0);
    expect(await store.read(PATH, 5, 0)).toHaveLength(0);
    await expect(store.read('cam1/none', 0, 1)).rejects.toMatchObject({ code: 'object_missing' });
    await expect(store.read('../x', 0, 1)).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('streams parts, and says where an object ends early', async () => {
    const store = open();
    expect(hash(await buffer(store.stream(PATH, 0, SIZE_BYTES)))).toBe(hash(object));
    expect(hash(await buffer(store.stream(PATH, 7, 1_000_000)))).toBe(hash(object.subarray(7, 1_000_007)));
    await expect(buffer(store.stream(PATH, SIZE_BYTES - 5, 10))).rejects.toThrow(/ends at byte 3000000/);
    await expect(buffer(store.stream('cam1/none', 0, 1))).rejects.toMatchObject({ code: 'object_missing' });
  });

  it('ends with the reason of an abort', async () => {
    const abort = new AbortController();
    const chunks = open().chunks(PATH, 0, SIZE_BYTES, { signal: abort.signal });
    await chunks.next();
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(
      (async () => {
        for await (const _ of chunks) await Promise.resolve();
      })(),
    ).rejects.toBe(reason);
    await expect(open().stat(PATH, { signal: abort.signal })).rejects.toBe(reason);
  });

  it('lists in the order of keys over several pages, below its root only, and folders alone too', async () => {
    const folders = Array.from({ length: 1203 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
    const names = folders.map((folder) => `${folder}/x`);
    await put('outside', Buffer.from('x'), open({ root: '' }));
    const store = open();
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(names.slice(at, at + 50).map((name) => put(name, Buffer.from('x'), store)));
    }
    const found: string[] = [];
    for await (const { path, sizeBytes } of store.list('many/')) {
      expect(sizeBytes).toBe(1);
      found.push(path);
    }
    expect(found).toEqual(names);
    const all: string[] = [];
    for await (const { path } of store.list('')) all.push(path);
    expect(all).toEqual([PATH, ...names]);
    const rest: string[] = [];
    for await (const { path } of store.list('', { after: names[1100] })) rest.push(path);
    expect(rest).toEqual(names.slice(1101));
    expect(await store.folders('many')).toEqual(folders);
    expect(await store.folders('')).toEqual([PATH.split('/')[0], 'many']);
    expect(await store.folders(folders[0] ?? '')).toEqual([]);
  });

  it('takes names of any script', async () => {
    const path = 'Küche & Flur+1/1762842203/v_seg 0001%20.m4s';
    const store = open();
    expect(await put(path, Buffer.from('hello'), store)).toBe(200);
    expect((await store.read(path, 1, 3)).toString()).toBe('ell');
    const listed = [];
    for await (const each of store.list('Küche')) listed.push(each.path);
    expect(listed).toEqual([path]);
  });
});

describe('what it says when it cannot', () => {
  it.each<[string, () => Partial<S3Options>, string, RegExp]>([
    ['an unknown key', () => ({ access_key_id: 'UNKNOWN' }), 'wrong-key', /access_key_id/],
    ['a wrong secret', () => ({ secret_access_key: 'wrong' }), 'wrong-secret', /secret_access_key/],
    ['a wrong region', () => ({ region: 'us-west-7' }), 'wrong-region', /another region \(eu-test-1\)/],
    ['no bucket', () => ({ bucket: 'nothing-here' }), 'no-bucket', /no bucket "nothing-here"/],
    ['no permission', () => ({ access_key_id: server.powerlessKeyId }), 'no-permission', /no permission/],
    [
      'no service',
      () => ({ endpoint: 'http://127.0.0.1:1' }),
      'unreachable',
      /127.0.0.1:1 cannot be reached/,
    ],
  ])('tells %s apart in every call', async (_, options, problem, words) => {
    const store = open(options());
    const expected = { code: 'storage_unavailable', details: { problem } };
    const calls = [
      () => store.stat(PATH),
      () => store.read(PATH, 0, 10),
      () => store.usage(),
      () => store.list('').next(),
      () => buffer(store.stream(PATH, 0, 10)),
    ];
    for (const call of calls) {
      const error = await call().then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject(expected);
      expect(String(error)).toMatch(words);
      expect(String(error)).not.toContain(server.secret);
    }
  });

  it('refuses settings that cannot work', () => {
    expect(() => open({ bucket: '' })).toThrow(/bucket/);
    expect(() => open({ secret_access_key: '' })).toThrow(/secret_access_key is missing/);
    expect(() => open({ access_key_id: '', secret_access_key: '' })).toThrow(/are needed/);
    expect(() => open({ endpoint: 'ftp://x' })).toThrow(/expected the URL/);
  });

  it('takes a clock that is wrong as long as the service says so', async () => {
    server.clockAheadMs = 3_600_000;
    // The client corrects itself by the time that the answer carries; this service's answers carry ours.
    await expect(open().read(PATH, 0, 10)).rejects.toThrow(/clock of this computer/);
  });
});

describe('credentials that are not in the settings', () => {
  const unset = { access_key_id: '', secret_access_key: '', region: '', disable_config_load: false };
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aws-'));
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  it('come from the AWS environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', server.keyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.secret);
    vi.stubEnv('AWS_REGION', server.region);
    expect(await open(unset).stat(PATH)).toMatchObject({ sizeBytes: SIZE_BYTES });
  });

  it('come from an AWS profile', async () => {
    vi.stubEnv('AWS_PROFILE', 'cameras');
    await writeFile(join(folder, 'config'), `[profile cameras]\nregion = ${server.region}\n`);
    await writeFile(
      join(folder, 'credentials'),
      `[cameras]\naws_access_key_id = ${server.keyId}\naws_secret_access_key = ${server.secret}\n`,
    );
    expect(await open(unset).stat(PATH)).toMatchObject({ sizeBytes: SIZE_BYTES });
  });

  it('are said to be missing where there are none', async () => {
    await expect(open(unset).stat(PATH)).rejects.toMatchObject({ details: { problem: 'no-credentials' } });
  });
});

describe('faults on the way', () => {
  it.each<[string, number, S3Fault]>([
    ['a reset', 1, { kind: 'reset' }],
    ['two errors of the service', 2, { kind: 'status', status: 500, code: 'InternalError' }],
    ['a request to slow down', 1, { kind: 'status', status: 503, code: 'SlowDown' }],
    ['an answer that breaks off', 2, { kind: 'truncate', afterBytes: 500_000 }],
  ])('reads on after %s', async (_, count, fault) => {
    failNext(count, fault);
    expect(hash(await buffer(open().stream(PATH, 0, SIZE_BYTES)))).toBe(hash(object));
  });

  it('gives up after some', async () => {
    failNext(1000, { kind: 'status', status: 500, code: 'InternalError' });
    const before = server.requests.length;
    await expect(open().read(PATH, 0, 10)).rejects.toThrow(/answered 500 InternalError/);
    expect(server.requests.length - before).toBeLessThan(20);
  });

  it('does not ask again where the answer is no', async () => {
    failNext(1000, { kind: 'status', status: 403, code: 'AccessDenied' });
    const before = server.requests.length;
    await expect(open().read(PATH, 0, 10)).rejects.toMatchObject({ details: { problem: 'no-permission' } });
    expect(server.requests.length - before).toBe(1);
  });

  it.each<[string, S3Fault]>([
    ['does not answer', { kind: 'hang' }],
    ['falls silent', { kind: 'stall', afterBytes: 1000 }],
  ])('does not wait for ever where the service %s', async (_, fault) => {
    failNext(1000, fault);
    await expect(buffer(open({}, 300).stream(PATH, 0, SIZE_BYTES))).rejects.toThrow(/did not answer within/);
  });

  it('notices that an object was replaced while it was read', async () => {
    const path = 'cam1/1762842203/manifest.mpd';
    await put(path, randomBytes(200_000));
    failNext(1, { kind: 'truncate', afterBytes: 1000 });
    const chunks = open().chunks(path, 0, 200_000);
    await chunks.next();
    await put(path, randomBytes(200_000));
    await expect(
      (async () => {
        for await (const _ of chunks) await Promise.resolve();
      })(),
    ).rejects.toThrow(/was replaced/);
  });

  it('takes no more than is asked for', async () => {
    const chunks = open().chunks(PATH, 0, SIZE_BYTES);
    const first = await chunks.next();
    expect((first.value as Uint8Array).length).toBeLessThan(SIZE_BYTES / 2);
    await chunks.return(undefined);
  });
});

describe('signed URLs', () => {
  it('give what they name, with ranges and the type asked for', async () => {
    const { url } = await open().presign({
      method: 'GET',
      path: PATH,
      ttlSeconds: 60,
      contentType: 'video/mp4',
    });
    const response = await fetch(url, { headers: { range: 'bytes=5-9' } });
    expect(response.status).toBe(206);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(object.subarray(5, 10));
  });

  it('ask for no header but the host', async () => {
    const { headers, url } = await open().presign({ method: 'PUT', path: PATH, ttlSeconds: 300 });
    const query = new URL(url).searchParams;
    expect(query.get('X-Amz-SignedHeaders')).toBe('host');
    expect(query.get('X-Amz-Expires')).toBe('300');
    expect(headers).toEqual({ host: new URL(server.url).host });
  });

  it('name the bucket in the host where that is wanted', async () => {
    const virtual = open({ endpoint: 'oss.example.com/', enable_virtual_host_style: true });
    const { headers, url } = await virtual.presign({ method: 'GET', path: PATH, ttlSeconds: 60 });
    expect(url).toMatch(/^https:\/\/recordings\.oss\.example\.com\/store\/cam1\/1762842203\//);
    expect(headers).toEqual({ host: 'recordings.oss.example.com' });
  });

  it('are good for nothing else, and not for long', async () => {
    const { url } = await open().presign({ method: 'PUT', path: PATH, ttlSeconds: 60 });
    const status = async (other: string, method = 'PUT') =>
      (await fetch(other, { method, ...(method === 'PUT' ? { body: 'x' } : {}) })).status;
    expect(await status(url.replace('v_seg_0001', 'v_seg_0002'))).toBe(403);
    expect(await status(url, 'GET')).toBe(403);
    expect(await status(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000'))).toBe(403);
    server.clockAheadMs = 61_000;
    expect(await status(url)).toBe(403);
    server.clockAheadMs = 0;
    expect(await put(PATH, object)).toBe(200);
  });
});
