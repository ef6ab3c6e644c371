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
      storage: 's',
      nodeAlias: 'edge-1',
    });
  });

  it('reads retention', () => {
    expect(parseArguments(['retention', '--dry-run', '--json'])).toMatchObject({
      isRun: false,
      isJson: true,
    });
    expect(parseArguments(['retention', '--run', '--data', 'd'])).toMatchObject({
      isRun: true,
      dataDir: 'd',
    });
  });

  it('reads check', () => {
    expect(
      parseArguments([
        'check',
        '--stream',
        'cam1',
        '--from',
        '2026-01-31',
        '--to',
        '1795345208000000',
        '--repair',
      ]),
    ).toMatchObject({
      command: 'check',
      stream: 'cam1',
      fromUs: Date.UTC(2026, 0, 31) * 1000,
      toUs: 1_795_345_208_000_000,
      isDeep: false,
      isRepair: true,
      isJson: false,
    });
    expect(parseArguments(['check', '--from', '2026-01-31T12:00:00+01:00'])).toMatchObject({
      fromUs: Date.UTC(2026, 0, 31, 11) * 1000,
    });
  });

  it('gives help without a command', () => expect(parseArguments([])).toEqual({ command: 'help' }));

  it.each([
    [['sing'], 'no command "sing"'],
    [['index'], '--storage'],
    [['serve', '--port', 'x'], '"x"'],
    [['serve', '--port', '70000'], '65535'],
    [['serve', '--nonsense'], '--nonsense'],
    [['check', '--from', 'yesterday'], '--from wants a time'],
    [['check', '--from', '2026-02-01', '--to', '2026-01-01'], 'later than --from'],
    [['serve', 'extra'], 'extra'],
    [['retention'], '--dry-run or --run'],
    [['retention', '--run', '--dry-run'], '--dry-run or --run'],
  ])('refuses %j in one sentence', (argv, part) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
    expect(() => parseArguments(argv)).toThrow(part);
  });
});

describe('secret', () => {
  it('reads its actions', () => {
    expect(parseArguments(['secret', 'set', 'db', '--data', 'd'])).toMatchObject({
      command: 'secret',
      action: 'set',
      name: 'db',
      dataDir: 'd',
    });
    expect(parseArguments(['secret', 'list'])).toMatchObject({ action: 'list' });
    expect(parseArguments(['secret', 'move', 'keychain'])).toMatchObject({ place: 'keychain' });
  });

  it.each([
    [['secret', 'set', 'db', 'my-password'], 'standard input'],
    [['secret', 'set'], 'name'],
    [['secret', 'move', 'away'], 'move keychain'],
    [['secret'], 'list'],
  ])('refuses %j without repeating a value', (argv, part) => {
    expect(() => parseArguments(argv)).toThrow(part);
    expect(() => parseArguments(argv)).not.toThrow('my-password');
  });
});
