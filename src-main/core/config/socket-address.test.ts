import { expect, it } from 'vitest';
import { parseSocketAddress } from './socket-address.ts';

it.each([
  ['127.0.0.1:8888', '127.0.0.1', 8888],
  ['0.0.0.0:0', '0.0.0.0', 0],
  ['[::]:65535', '::', 65_535],
  ['[::1]:80', '::1', 80],
  ['localhost:8888', 'localhost', 8888],
])('reads %s', (text, host, port) => {
  expect(parseSocketAddress(text)).toEqual({ host, port });
});

it.each([
  '8888',
  ':8888',
  '1.2.3:80',
  '256.1.1.1:80',
  '::1:80',
  '[zz]:80',
  'host:65536',
  'a b:1',
  'host:',
  'http://a:1',
])('refuses %s', (text) => {
  expect(parseSocketAddress(text)).toBeNull();
});
