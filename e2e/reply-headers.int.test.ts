import { beforeAll, expect, it } from 'vitest';
import { ask, setUpAccessBench, startManager } from './support/access-bench.ts';

setUpAccessBench();

beforeAll(async () => {
  await startManager('[auth]\nsecret = "example-secret"\n');
});

it('answers nothing but the window as a page of its own', async () => {
  const paths = [
    '/api/status',
    '/healthz',
    '/metrics',
    '/api/openapi.json',
    '/nothing',
    '/session/cam1/x/layer',
  ];
  for (const path of paths) {
    const { headers } = await ask('GET', path);
    expect(headers.get('content-security-policy'), path).toContain("default-src 'none'");
    expect(headers.get('content-security-policy'), path).toContain('sandbox');
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
  }
});
