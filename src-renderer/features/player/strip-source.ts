import type { PictureStatus } from '../../stores/player-store.ts';
import { pictureOf } from '../timeline/read-frame.ts';
import type { StreamPlayer } from './stream-player.ts';
import type { FrameSource } from './strip-frames.ts';

const SHOW_LIMIT_MS = 10_000;
const SETTLE_LIMIT_MS = 2000;
const ASK_EVERY_MS = 20;

/** Shows single frames of a player that nobody looks at, so that the one on screen is left alone. */
export class StripSource implements FrameSource<ImageBitmap> {
  constructor(
    private readonly player: StreamPlayer,
    private readonly heightPx: number,
  ) {}

  async show(us: number, signal: AbortSignal): Promise<number | null> {
    const endMs = performance.now() + SHOW_LIMIT_MS;
    this.player.seek(us);
    while (isComing(this.player.status) && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      signal.throwIfAborted();
    }
    if (this.player.status.kind === 'ready') await this.player.settled(SETTLE_LIMIT_MS);
    return this.player.status.kind === 'ready' ? (this.player.shownUs() ?? this.player.positionUs()) : null;
  }

  step(direction: -1 | 1): Promise<number | null> {
    return this.player.step(direction);
  }

  picture(): Promise<ImageBitmap> {
    return pictureOf(this.player.video, this.heightPx);
  }
}

function isComing({ kind }: PictureStatus): boolean {
  return kind === 'loading' || kind === 'idle';
}
