import { describe, expect, it, vi } from 'vitest';
import { ApiError, createApiClient, isAborted } from './client.ts';

const JOB_ID = '3a1c8f6e-1d52-4c7c-9f0e-0d5f7f6a1b2c';

function answer(body: string, status = 200): typeof fetch {
  return vi.fn(async () => new Response(body, { status }));
}

/** A network that never answers but can be given up. */
const silence: typeof fetch = (_url, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
  });

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error('The call did not fail with an ApiError');
}

describe('createApiClient', () => {
  it('sends method, body and the wish for JSON', async () => {
    const doFetch = answer('{"exports":[]}');
    const reply = await createApiClient(doFetch).call('createExport', {
      body: { stream: 'cam', startUs: 1, endUs: 2 },
    });
    expect(reply).toEqual({ exports: [] });
    expect(doFetch).toHaveBeenCalledWith(
      'api/exports',
      expect.objectContaining({
        method: 'POST',
        body: '{"stream":"cam","startUs":1,"endUs":2}',
        headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
      }),
    );
  });

  it('puts parameters into paths and query', () => {
    const client = createApiClient(answer(''));
    expect(client.url('getHls', { params: { stream: 'a b' }, query: { start_ts: 5 } })).toBe(
      'api/record/a%20b/hls/index.m3u8?start_ts=5',
    );
  });

  it('turns an error reply into its code, message and details', async () => {
    const body = JSON.stringify({ code: 'codec_change', message: 'Two parts.', details: { parts: 2 } });
    const error = await failureOf(createApiClient(answer(body, 409)).call('listExports'));
    expect(error).toMatchObject({
      code: 'codec_change',
      message: 'Two parts.',
      status: 409,
      details: { parts: 2 },
    });
  });

  it('says in words what upstream’s refusal means', async () => {
    const body = JSON.stringify({ code: 'forbidden', message: "Don't permission" });
    const error = await failureOf(createApiClient(answer(body, 403)).call('listExports'));
    expect(error.code).toBe('forbidden');
    expect(error.message).toContain('Ask an administrator');
  });

  it('reads plain-text errors of upstream form', async () => {
    const error = await failureOf(createApiClient(answer('no such thing\n', 404)).call('listStreams'));
    expect(error).toMatchObject({ code: 'not_found', message: 'no such thing', status: 404 });
  });

  it('does not take a code it does not know', async () => {
    const error = await failureOf(
      createApiClient(answer('{"code":"toString","message":"x"}', 500)).call('getStatus'),
    );
    expect(error.code).toBe('internal');
  });

  it('names a reply that is not JSON', async () => {
    const error = await failureOf(createApiClient(answer('<html>')).call('getStatus'));
    expect(error.code).toBe('bad_reply');
  });

  it('tells a call that was given up from one that took too long', async () => {
    const client = createApiClient(silence);
    const aborter = new AbortController();
    const given = failureOf(client.call('getStatus', { signal: aborter.signal }));
    aborter.abort();
    expect(isAborted(await given)).toBe(true);
    expect((await failureOf(client.call('getStatus', { timeoutMs: 5 }))).code).toBe('timeout');
  });

  it('names a network that fails', async () => {
    const error = await failureOf(
      createApiClient(() => Promise.reject(new TypeError('failed'))).call('getStatus'),
    );
    expect(error.code).toBe('network');
  });

  it('tells who listens that nobody is signed in, except when a login is refused', async () => {
    const body = '{"code":"unauthorized","message":"no"}';
    const client = createApiClient(answer(body, 401));
    const listener = vi.fn();
    const stop = client.onUnauthorized(listener);
    await failureOf(client.call('login', { body: { username: 'a', password: 'b' } }));
    expect(listener).not.toHaveBeenCalled();
    await failureOf(client.call('removeExport', { params: { id: JOB_ID } }));
    expect(listener).toHaveBeenCalledTimes(1);
    stop();
    await failureOf(client.call('getStatus'));
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('carries a token only where one is given', async () => {
    const doFetch = answer('{}');
    await createApiClient(doFetch).call('getSession', { bearerToken: 'secret' });
    expect(doFetch).toHaveBeenCalledWith(
      'api/session',
      expect.objectContaining({ headers: { Accept: 'application/json', Authorization: 'Bearer secret' } }),
    );
  });
});
