import { describe, expect, test } from 'vitest';
import { classifyRequest, isAppUrl, isSafeExternalUrl } from './app-url.ts';

describe('classifyRequest', () => {
  test.each([
    ['GET', 'app://liveman/', 'file'],
    ['GET', 'app://liveman/assets/index-1.js', 'file'],
    ['HEAD', 'app://liveman/index.html?x=1#/recordings', 'file'],
    ['POST', 'app://liveman/index.html', 'none'],
    ['GET', 'app://liveman/api/nodes/', 'core'],
    ['DELETE', 'app://liveman/api/exports/1', 'core'],
    ['POST', 'app://liveman/whip/cam1', 'core'],
    ['PATCH', 'app://liveman/session/cam1/1', 'core'],
    ['GET', 'app://liveman/healthz', 'core'],
    ['GET', 'app://liveman/apiary', 'file'],
    ['GET', 'app://liveman/x/../api/nodes/', 'core'],
    ['GET', 'app://other/api/nodes/', 'none'],
    ['GET', 'https://liveman/api/nodes/', 'none'],
    ['GET', 'nonsense', 'none'],
  ] as const)('%s %s is for %s', (method, url, target) => {
    expect(classifyRequest(method, url)).toBe(target);
  });
});

test.each([
  ['app://liveman/', true],
  ['app://liveman/#/settings', true],
  ['app://liveman.evil/', false],
  ['app://user@liveman/', false],
  ['file:///etc/passwd', false],
  ['about:blank', false],
  ['', false],
])('isAppUrl(%j) is %s', (url, expected) => {
  expect(isAppUrl(url)).toBe(expected);
});

test.each([
  ['https://github.com/binbat/live777', true],
  ['http://example.com/', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
  ['smb://host/share', false],
  ['https://user:secret@example.com/', false],
  [`https://example.com/${'x'.repeat(3000)}`, false],
  ['not a url', false],
])('isSafeExternalUrl(%s) is %s', (url, expected) => {
  expect(isSafeExternalUrl(url)).toBe(expected);
});
