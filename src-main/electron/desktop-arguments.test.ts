import { expect, test } from 'vitest';
import { parseDesktopArguments } from './desktop-arguments.ts';

test('reads our options among Chromium’s', () => {
  const argv = [
    '/opt/liveman',
    '--no-zygote',
    '.',
    '--demo',
    '--port',
    '0',
    '--data=my data',
    '--config',
    '/a.toml',
  ];
  expect(parseDesktopArguments(argv, '/home/me')).toEqual({
    isDemo: true,
    port: 0,
    dataDir: '/home/me/my data',
    configPath: '/a.toml',
  });
  expect(parseDesktopArguments(['/opt/liveman'], '/home/me')).toEqual({ isDemo: false });
});

test.each([
  [['--port'], '--port needs a value.'],
  [['--data', '--demo'], '--data needs a value.'],
  [['--port', '70000'], '--port needs a number from 0 to 65535, not "70000".'],
  [['--port=x'], '--port needs a number from 0 to 65535, not "x".'],
])('%j is told in a sentence', (argv, sentence) => {
  expect(() => parseDesktopArguments(argv, '/')).toThrow(sentence);
});
