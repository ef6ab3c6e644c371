import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type Clock, systemClock } from '../base/clock.ts';
import { SharedText } from './shared-text.ts';

const LONG = JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ id: `cam${i}` })));

function makeText(first: string, options: { isExact?: boolean } = {}) {
  let nowMs = 0;
  const given = { text: first, version: 0, buildMs: 0, builds: 0 };
  const clock: Clock = { ...systemClock, monotonicMs: () => nowMs };
  const shared = new SharedText({
    ...options,
    clock,
    readVersion: () => given.version,
    build: () => {
      nowMs += given.buildMs;
      given.builds += 1;
      return given.text;
    },
  });
  const change = (text: string) => {
    given.text = text;
    given.version += 1;
  };
  return { shared, given, change, pass: (ms: number) => (nowMs += ms) };
}

it('is built once per change, and the same text keeps its tag', () => {
  const { change, given, shared } = makeText('a');
  const first = shared.read();
  expect(shared.read()).toBe(first);
  change('a');
  expect(shared.read()).toBe(first);
  change('b');
  expect(shared.read().bytes.toString()).toBe('b');
  expect(shared.read().tag).not.toBe(first.tag);
  expect(given.builds).toBe(3);
});

it('is never older than the last change where it has to be exact, packed neither', async () => {
  const { change, given, shared } = makeText(LONG, { isExact: true });
  given.buildMs = 20;
  const first = await shared.readPacked();
  expect(await shared.readPacked()).toBe(first);
  change(`${LONG} `);
  expect(shared.read().bytes.toString()).toBe(`${LONG} `);
  expect(gunzipSync((await shared.readPacked()).bytes).toString()).toBe(`${LONG} `);
});

it('is built the less often the longer it takes', () => {
  const { change, given, pass, shared } = makeText('a');
  given.buildMs = 20;
  shared.read();
  change('b');
  pass(399);
  expect(shared.read().bytes.toString()).toBe('a');
  pass(1);
  expect(shared.read().bytes.toString()).toBe('b');
});

it('is packed once for all, under the tag of what it holds', async () => {
  const { change, shared } = makeText(LONG);
  const [one, two] = await Promise.all([shared.readPacked(), shared.readPacked()]);
  expect(one).toBe(two);
  expect(one).toMatchObject({ isPacked: true, tag: shared.read().tag });
  expect(gunzipSync(one.bytes).toString()).toBe(LONG);
  expect(one.bytes.length).toBeLessThan(LONG.length / 4);
  change(`${LONG} `);
  expect(gunzipSync((await shared.readPacked()).bytes).toString()).toBe(`${LONG} `);
});

it('is not packed where that gains nothing, and tags of another run differ', async () => {
  const [one, two] = [makeText('[]').shared, makeText('[]').shared];
  expect(await one.readPacked()).toBe(one.read());
  expect(one.read().tag).not.toBe(two.read().tag);
});
