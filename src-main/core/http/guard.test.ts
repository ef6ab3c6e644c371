import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findGuardProblem, type GuardedRequest, isLoopbackHost, parseHostName } from './guard.ts';

const options = { ownHostNames: ['recorder.example'], isCorsOn: false };
const request: GuardedRequest = {
  method: 'GET',
  host: '127.0.0.1:8888',
  origin: undefined,
  fetchSite: undefined,
  hasExplicitCredential: false,
};

describe('findGuardProblem', () => {
  it.each([
    '127.0.0.1:8888',
    'localhost:8888',
    '[::1]:8888',
    '192.168.1.7',
    'recorder.example',
    'Recorder.Example:80',
  ])('lets %s in', (host) => expect(findGuardProblem({ ...request, host }, options)).toBeNull());

  it.each([undefined, '', 'evil.example', 'evil.example:8888', 'a b', '127.0.0.1.evil.example'])(
    'refuses the host %s, so that a rebound name gets nothing',
    (host) => expect(findGuardProblem({ ...request, host }, options)).toBeTypeOf('string'),
  );

  it('refuses changes that a page of another site makes the browser send', () => {
    const post = { ...request, method: 'POST' };
    expect(findGuardProblem({ ...post, origin: 'https://evil.example' }, options)).toContain('evil.example');
    expect(findGuardProblem({ ...post, origin: 'null' }, options)).toBeTypeOf('string');
    expect(findGuardProblem({ ...post, fetchSite: 'cross-site' }, options)).toBeTypeOf('string');
    expect(findGuardProblem({ ...post, origin: 'http://127.0.0.1:9999' }, options)).toBeTypeOf('string');
  });

  it('takes a page of plain HTTP for another site where we speak HTTPS', () => {
    const post = { ...request, method: 'POST', host: 'recorder.example', isSecure: true };
    expect(findGuardProblem({ ...post, origin: 'http://recorder.example' }, options)).toBeTypeOf('string');
    expect(findGuardProblem({ ...post, origin: 'https://recorder.example' }, options)).toBeNull();
    // A proxy that speaks HTTPS for us, and is not named in http.trusted_proxies.
    const behind = { ...post, isSecure: false, origin: 'https://recorder.example' };
    expect(findGuardProblem(behind, options)).toBeNull();
  });

  it('lets our own page, scripts without Origin, and callers with a token change things', () => {
    const post = { ...request, method: 'POST' };
    expect(findGuardProblem({ ...post, origin: 'http://127.0.0.1:8888' }, options)).toBeNull();
    expect(findGuardProblem({ ...post, origin: 'app://liveman' }, options)).toBeNull();
    expect(findGuardProblem(post, options)).toBeNull();
    const foreign = { ...post, origin: 'https://other.example' };
    expect(findGuardProblem({ ...foreign, hasExplicitCredential: true }, options)).toBeNull();
    expect(findGuardProblem(foreign, { ...options, isCorsOn: true })).toBeNull();
  });
});

it('reads host names', () => {
  expect(parseHostName('[::1]:80')).toBe('::1');
  expect(parseHostName('EXAMPLE.org')).toBe('example.org');
  expect(parseHostName('a:b')).toBeNull();
});

it('knows what only this computer reaches', () => {
  expect(['127.0.0.1', '127.3.2.1', 'localhost', '::1'].every(isLoopbackHost)).toBe(true);
  expect(['0.0.0.0', '10.0.0.1', '::'].some(isLoopbackHost)).toBe(false);
});

describe('whatever the headers are', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webUrl(), fc.domain(), fc.ipV6());

  it('lets in only hosts that are addresses, this computer, or named', () => {
    fc.assert(
      fc.property(text, (host) => {
        if (findGuardProblem({ ...request, host }, options) !== null) return;
        expect(host).toMatch(/^(localhost|recorder\.example|[\d.]+|\[[\da-f:.]+\])(:\d{1,5})?$/i);
      }),
    );
  });

  it('lets no page of another origin change anything', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'), (origin, method) => {
        fc.pre(origin !== 'app://liveman');
        const isOwn = URL.canParse(origin) && new URL(origin).host === request.host;
        fc.pre(!isOwn);
        expect(findGuardProblem({ ...request, method, origin }, options)).toBeTypeOf('string');
      }),
    );
  });
});
