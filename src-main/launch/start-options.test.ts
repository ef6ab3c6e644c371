import { describe, expect, test } from 'vitest';
import { parseStartOptions } from './start-options.mjs';

describe('parseStartOptions', () => {
  test('tells our options from those of the manager', () => {
    expect(parseStartOptions(['--headless', '--demo', '--port', '18888', '--data=/tmp/a b=c'])).toEqual({
      isHeadless: true,
      isHelp: false,
      managerArgs: ['--demo', '--port', '18888', '--data', '/tmp/a b=c'],
    });
  });

  test.each([
    [['--bogus'], 'Unknown option "--bogus"'],
    [['serve'], 'Unknown option "serve"'],
    [['--port'], '--port needs a value'],
    [['--data', '--demo'], '--data needs a value'],
    [['--config='], '--config needs a value'],
    [['--port', '65536'], '--port needs a number from 0 to 65535, not "65536"'],
    [['--port', '8x'], '--port needs a number'],
    [['--demo=yes'], 'Unknown option "--demo=yes"'],
  ])('%j ends with one sentence, the usage and status 2', (args, sentence) => {
    const error = catchError(() => parseStartOptions(args));
    expect(error).toMatchObject({ exitCode: 2 });
    expect(error.message.startsWith(sentence)).toBe(true);
    expect(error.message).toContain('Usage: npm start --');
  });
});

function catchError(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}
