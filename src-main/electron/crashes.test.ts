import { beforeEach, expect, test, vi } from 'vitest';
import { noteSecret } from '../core/base/known-secrets.ts';
import { createShutdown } from './shutdown.ts';

interface Box {
  readonly message: string;
  readonly detail: string;
  readonly buttons: readonly string[];
}

const electron = vi.hoisted(() => ({
  listeners: new Map<string, (...args: unknown[]) => void>(),
  boxes: [] as Box[],
  /** The button that is pressed. */
  answer: 0,
  done: [] as string[],
}));

vi.mock('electron', () => ({
  app: {
    on: (event: string, listener: () => void) => electron.listeners.set(event, listener),
    quit: () => electron.done.push('quit'),
    relaunch: () => electron.done.push('relaunch'),
  },
  BrowserWindow: { fromWebContents: () => null },
  dialog: {
    showMessageBox: async (box: Box) => {
      electron.boxes.push(box);
      return { response: electron.answer };
    },
    showMessageBoxSync: (box: Box) => {
      electron.boxes.push(box);
      return electron.answer;
    },
  },
}));

const { createLastWords, setupReloadOffer } = await import('./crashes.ts');

const page = { isDestroyed: () => false, reload: () => electron.done.push('reload') };

beforeEach(() => {
  electron.boxes.length = 0;
  electron.done.length = 0;
  electron.answer = 0;
  setupReloadOffer();
});

const gone = (reason: string, contents: object = page) =>
  electron.listeners.get('render-process-gone')?.({}, contents, { reason, exitCode: 1 });

test('a window that crashed says why, and is loaded again', async () => {
  gone('oom');
  // Both are of one crash.
  gone('crashed');
  await vi.waitFor(() => expect(electron.done).toEqual(['reload']));
  expect(electron.boxes).toHaveLength(1);
  expect(electron.boxes[0]).toMatchObject({
    message: 'The window has stopped',
    detail: expect.stringMatching(/ran out of memory\. The manager goes on/),
    buttons: ['Load it again', 'Quit Liveman'],
  });
  gone('a reason of tomorrow');
  await vi.waitFor(() => expect(electron.done).toEqual(['reload', 'reload']));
  expect(electron.boxes[1]?.detail).toContain('It stopped by itself.');
});

test('or the program is left', async () => {
  electron.answer = 1;
  gone('killed');
  await vi.waitFor(() => expect(electron.done).toEqual(['quit']));
});

test('a window that was closed asks nothing', () => {
  gone('clean-exit');
  gone('crashed', { ...page, isDestroyed: () => true });
  expect(electron.boxes).toEqual([]);
});

test.each([
  ['is started again', 0, ['closed', 'relaunch', 'exit 1']],
  ['or is left', 1, ['closed', 'exit 1']],
])('a program with a defect closes everything, says so without secrets, and %s', async (_, answer, done) => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  noteSecret('hidden-token');
  electron.answer = answer;
  const shutdown = createShutdown({
    exit: (code) => electron.done.push(`exit ${code}`),
    timeoutMs: 60_000,
    onError: () => {},
  });
  const lastWords = createLastWords(shutdown);
  shutdown.use({ close: async () => void electron.done.push('closed') });
  lastWords(new TypeError('cannot read hidden-token of undefined'));
  lastWords(null);
  await vi.waitFor(() => expect(electron.done).toEqual(done));
  expect(electron.boxes[0]?.detail).toContain('cannot read [secret] of undefined');
  const said = written.mock.calls.map(([text]) => String(text));
  expect(said[0]).toMatch(/TypeError: cannot read \[secret\] of undefined\n {4}at /);
  expect(said.join()).not.toContain('hidden-token');
  written.mockRestore();
});
