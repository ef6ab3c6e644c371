import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NOTIFICATION_LEVELS, type NotificationLevel } from '../../src-shared/contract/desktop-bridge.ts';

const DEFAULT_LEVEL: NotificationLevel = 'all';

/** Of which alerts this computer wants to be notified, kept over restarts. */
export class NotificationLevelFile {
  #level: NotificationLevel | undefined;

  constructor(private readonly file: string) {}

  /** All where nothing else was chosen. */
  read(): NotificationLevel {
    this.#level ??= this.#stored();
    return this.#level;
  }

  /** Throws where it cannot be kept. */
  write(level: NotificationLevel): void {
    mkdirSync(path.dirname(this.file), { recursive: true });
    writeFileSync(this.file, `${JSON.stringify({ level })}\n`);
    this.#level = level;
  }

  #stored(): NotificationLevel {
    try {
      const { level } = JSON.parse(readFileSync(this.file, 'utf8')) as { level?: unknown };
      return NOTIFICATION_LEVELS.find((known) => known === level) ?? DEFAULT_LEVEL;
    } catch {
      return DEFAULT_LEVEL;
    }
  }
}
