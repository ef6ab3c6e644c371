import { expect, test } from 'vitest';
import { toCoreHeaders, toPageHeaders } from './forwarded-headers.ts';

test('a request carries the shell’s secret and nothing that names the page or a browser’s jar', () => {
  const headers = toCoreHeaders(
    [
      ['Accept', 'application/json'],
      ['Range', 'bytes=0-99'],
      ['Origin', 'app://liveman'],
      ['Referer', 'app://liveman/'],
      ['Cookie', 'session=1'],
      ['Host', 'liveman'],
      ['Sec-Fetch-Site', 'same-origin'],
      ['X-Liveman-Desktop', 'guessed by the page'],
    ],
    'true secret',
  );
  expect(headers).toEqual({
    accept: 'application/json',
    range: 'bytes=0-99',
    'accept-encoding': 'identity',
    'x-liveman-desktop': 'true secret',
  });
});

test('an answer keeps its headers, without cookies and those of the connection', () => {
  const raw = ['Content-Type', 'video/mp4', 'ETag', '"1"', 'Set-Cookie', 'a=b', 'Connection', 'keep-alive'];
  expect(toPageHeaders(raw, 'http://127.0.0.1:8888')).toEqual([
    ['content-type', 'video/mp4'],
    ['etag', '"1"'],
  ]);
});

test.each([
  ['http://127.0.0.1:8888/session/cam1/1?a=b', '/session/cam1/1?a=b'],
  ['/session/cam1/1', '/session/cam1/1'],
  ['https://bucket.example/object?signature=1', 'https://bucket.example/object?signature=1'],
])('location %s becomes %s', (from, to) => {
  expect(toPageHeaders(['Location', from], 'http://127.0.0.1:8888')).toEqual([['location', to]]);
});
