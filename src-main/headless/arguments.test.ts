import { describe, expect, it } from 'vitest';
import { parseArguments, UsageError } from './arguments.ts';

describe('parseArguments', () => {
  it('reads serve', () => {
    expect(
      parseArguments(['serve', '--port', '0', '--demo', '--data', '/d d', '--config', 'x.toml']),
    ).toEqual({
      command: 'serve',
      configPath: 'x.toml',
      dataDir: '/d d',
      port: 0,
      isDemo: true,
    });
    expect(parseArguments(['serve'])).toMatchObject({ isDemo: false, port: undefined });
  });

  it('reads index', () => {
    expect(parseArguments(['index', '--storage', 's', '--node', 'edge-1'])).toMatchObject({
      command: 'index',
      storageDir: 's',
      nodeAlias: 'edge-1',
    });
  });

  it('gives help without a command', () => expect(parseArguments([])).toEqual({ command: 'help' }));

  it.each([
    [['sing'], 'no command "sing"'],
    [['index'], '--storage'],
    [['serve', '--port', 'x'], '"x"'],
    [['serve', '--port', '70000'], '65535'],
    [['serve', '--nonsense'], '--nonsense'],
    [['serve', 'extra'], 'extra'],
  ])('refuses %j in one sentence', (argv, part) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
    expect(() => parseArguments(argv)).toThrow(part);
  });
});
