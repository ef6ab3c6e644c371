import { app, BrowserWindow, dialog, type MessageBoxOptions, type WebContents } from 'electron';
import { errorMessage } from '../core/base/errors.ts';
import { coverSecrets } from '../core/base/known-secrets.ts';
import type { Shutdown } from './shutdown.ts';

/** By Chromium's name of it; what is not here just stopped. */
const REASONS: Readonly<Record<string, string>> = {
  oom: 'It ran out of memory.',
  'memory-eviction': 'This computer is short of memory.',
  killed: 'Its process was ended by somebody else.',
  'launch-failed': 'Its process could not be started.',
  'integrity-failure': 'The system found its program files changed.',
  crashed: 'It crashed.',
  'abnormal-exit': 'It crashed.',
};

/** Asks, where the page of a window is gone, whether to load it again. Call once, before any window. */
export function setupReloadOffer(): void {
  const asked = new WeakSet<WebContents>();
  app.on('render-process-gone', (_event, contents, { reason }) => {
    if (reason === 'clean-exit' || contents.isDestroyed() || asked.has(contents)) return;
    asked.add(contents);
    offerReload(contents, reason).then(
      () => asked.delete(contents),
      () => asked.delete(contents),
    );
  });
}

async function offerReload(contents: WebContents, reason: string): Promise<void> {
  const window = BrowserWindow.fromWebContents(contents);
  const box: MessageBoxOptions = {
    type: 'error',
    title: 'Liveman Desktop',
    message: 'The window has stopped',
    detail: `${REASONS[reason] ?? 'It stopped by itself.'} The manager goes on: nothing that is recorded, indexed or exported is affected.`,
    buttons: ['Load it again', 'Quit Liveman'],
    defaultId: 0,
    // Who closes the question keeps the manager.
    cancelId: 0,
  };
  const { response } = await (window ? dialog.showMessageBox(window, box) : dialog.showMessageBox(box));
  if (response === 1) app.quit();
  else if (!contents.isDestroyed()) contents.reload();
}

/**
 * Makes what is called with an error that nobody caught: after it nothing is certain, so everything is closed in order;
 * then it is said, without secrets, and offered to start again. To be made before anything else is to be closed.
 */
export function createLastWords(shutdown: Shutdown): (error: unknown) => void {
  let words: string | null = null;
  shutdown.use({
    close: async () => {
      if (words !== null && offerStart(words)) app.relaunch();
    },
  });
  return (error) => {
    noteDefect(error);
    words ??= coverSecrets(errorMessage(error));
    shutdown.begin(1);
  };
}

/** Says a defect after which the program can go on, as after a promise that failed unheard: in the log, without secrets. */
export function noteDefect(error: unknown): void {
  process.stderr.write(`${coverSecrets((error as Error | null)?.stack ?? String(error))}\n`);
}

function offerStart(words: string): boolean {
  const choice = dialog.showMessageBoxSync({
    type: 'error',
    title: 'Liveman Desktop',
    message: 'Liveman Desktop had to end',
    detail: `A defect in it: ${words}\n\nNothing that was acknowledged is lost.`,
    buttons: ['Start again', 'Quit'],
    defaultId: 0,
    cancelId: 1,
  });
  return choice === 0;
}
