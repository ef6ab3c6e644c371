import path from 'node:path';
import { app, BrowserWindow, dialog } from 'electron';
import { currentSurroundings, defaultDataDir } from '../core/base/data-dir.ts';
import { errorMessage } from '../core/base/errors.ts';
import { coverSecrets } from '../core/base/known-secrets.ts';
import { AlertNotifier } from './alert-notifier.ts';
import { registerAppScheme, setupAppProtocol } from './app-protocol.ts';
import { createLastWords, noteDefect, setupReloadOffer } from './crashes.ts';
import { type DesktopArguments, parseDesktopArguments } from './desktop-arguments.ts';
import { setupIpc } from './ipc.ts';
import { setupMenu } from './menu.ts';
import { NotificationLevelFile } from './notification-level-file.ts';
import { profileDir } from './profile-dir.ts';
import { showNotice } from './show-notice.ts';
import { createShutdown } from './shutdown.ts';
import { startCore } from './start-core.ts';
import { openMainWindow, setupWindowSecurity } from './windows.ts';

/** The launcher and the system wait 5 s for a program that was told to end. */
const CLOSE_TIMEOUT_MS = 4500;

const shutdown = createShutdown({
  exit: (code) => app.exit(code),
  timeoutMs: CLOSE_TIMEOUT_MS,
  onError: (error) => process.stderr.write(`${wordsOf(error)}\n`),
});
// Electron would show all of an error, and with it perhaps a header or URL that holds a secret.
const lastWords = createLastWords(shutdown);
process.on('uncaughtException', lastWords);
process.on('unhandledRejection', noteDefect);

function main(): void {
  const args = parseDesktopArguments(process.argv.slice(1), process.cwd());
  const dataDir = args.dataDir ?? defaultDataDir(currentSurroundings());
  app.setName('Liveman Desktop');
  app.setPath('userData', profileDir(dataDir));
  if (!setupSingleInstance()) return;
  setupQuit();
  registerAppScheme();
  // Not awaited at the top level: Electron becomes ready only after this module has been evaluated.
  app
    .whenReady()
    .then(() => start(args, dataDir))
    .catch(fail);
}

async function start(args: DesktopArguments, dataDir: string): Promise<void> {
  const packageDir = app.getAppPath();
  setupWindowSecurity();
  setupReloadOffer();
  setupMenu(dataDir);
  const notifications = new NotificationLevelFile(path.join(app.getPath('userData'), 'notifications.json'));
  setupIpc({ dataDir, notifications });
  const notifier = new AlertNotifier({
    readLevel: () => notifications.read(),
    isWatched: () => BrowserWindow.getFocusedWindow() !== null,
    show: (notice) => showNotice(notice, () => openMainWindow('/alerts')),
  });
  shutdown.use({ close: async () => notifier.close() });
  const { core, endpoint, loginUrl } = await startCore(args, {
    packageDir,
    dataDir,
    version: app.getVersion(),
    onAlert: (change) => notifier.note(change),
    onFailure: fail,
  });
  shutdown.use({ close: async () => core.close() });
  setupAppProtocol(path.join(packageDir, 'out', 'renderer'), endpoint);
  openMainWindow();
  app.on('activate', () => openMainWindow());
  process.stdout.write(`Liveman ready: ${loginUrl}\n`);
}

/** False when another desktop on this data folder shows its window instead of us. */
function setupSingleInstance(): boolean {
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return false;
  }
  app.on('second-instance', () => {
    if (app.isReady()) openMainWindow();
  });
  return true;
}

function setupQuit(): void {
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  // By now the windows have closed, and have remembered where they were.
  app.on('will-quit', (event) => {
    event.preventDefault();
    shutdown.begin();
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => app.quit());
}

/** The program cannot run: says why, in the terminal and in a box, and ends. */
function fail(error: unknown): void {
  process.stderr.write(`${wordsOf(error)}\n`);
  dialog.showErrorBox('Liveman Desktop could not start', wordsOf(error));
  app.exit(1);
}

function wordsOf(error: unknown): string {
  return coverSecrets(errorMessage(error));
}

try {
  main();
} catch (error) {
  fail(error);
}
