import { api } from '../../api/client.ts';
import { PLAYBACK_RATES, usePlayerStore } from '../../stores/player-store.ts';
import { useRecordingsStore } from '../../stores/recordings-store.ts';
import { useTimelineStore } from '../../stores/timeline-store.ts';
import { PlaybackDirector } from './playback-director.ts';
import type { PlaybackWindow } from './playback-window.ts';
import { type NearestTimes, StreamPlayer } from './stream-player.ts';

const CHECK_EVERY_MS = 250;
const LIVE_DELAY_US = 3_000_000;
/** Pictures that stopped this near to each other show the same instant: a frame of 25 a second. */
const STOP_DRIFT_US = 40_000;

/**
 * Playback of the pictures on screen: owns their players, the loop that keeps them on one playhead, and
 * what buttons and keys do. One per Recordings view; `dispose` ends it.
 */
export class PlaybackSession {
  readonly #players = new Map<string, StreamPlayer>();
  readonly #director = new PlaybackDirector();
  readonly #stops: (() => void)[] = [];
  #frame: number | null = null;
  #checkedAtMs = 0;
  #wasPlaying = false;

  /** Starts the loop. */
  start(): void {
    const loop = (nowMs: number): void => {
      this.#frame = requestAnimationFrame(loop);
      this.#tick(nowMs);
    };
    this.#frame = requestAnimationFrame(loop);
    this.#stops.push(
      usePlayerStore.subscribe(() => this.#applySound()),
      useRecordingsStore.subscribe(() => this.#applySound()),
    );
  }

  /** Takes a `<video>` into play. Returns how to take it out again. */
  attach(stream: string, video: HTMLVideoElement): () => void {
    const player = new StreamPlayer(stream, video, {
      ...environment,
      onStatus: (name, status) => usePlayerStore.getState().setStatus(name, status),
      onMark: (mark) => useTimelineStore.getState().addMark(mark),
    });
    this.#players.set(stream, player);
    this.#applySound();
    const { playheadUs } = usePlayerStore.getState();
    if (playheadUs !== null) player.seek(playheadUs);
    return () => {
      player.dispose();
      if (this.#players.get(stream) === player) this.#players.delete(stream);
      usePlayerStore.getState().removeStatus(stream);
    };
  }

  /** A player of its own for single frames, which neither follows the playhead nor tells anybody. Whoever asks ends it. */
  createSidePlayer(stream: string, video: HTMLVideoElement): StreamPlayer {
    return new StreamPlayer(stream, video, { ...environment, onStatus: () => {}, onMark: () => {} });
  }

  player(stream: string | null): StreamPlayer | null {
    return stream === null ? null : (this.#players.get(stream) ?? null);
  }

  /** Moves the playhead; `shouldPlay` also starts playing. */
  seek(us: number, shouldPlay = false): void {
    const store = usePlayerStore.getState();
    const target = Math.max(0, Math.round(us));
    store.setPlayhead(target);
    if (shouldPlay) store.setPlaying(true);
    for (const player of this.#players.values()) player.seek(target);
    useTimelineStore.getState().setFollowing(true);
  }

  /** Moves the playhead by `byUs` from where it is. */
  shift(byUs: number): void {
    const { playheadUs } = usePlayerStore.getState();
    if (playheadUs !== null) this.seek(playheadUs + byUs);
  }

  togglePlay(): void {
    const { isPlaying, playheadUs, setPlaying } = usePlayerStore.getState();
    if (playheadUs !== null) setPlaying(!isPlaying);
  }

  /** Next faster (1) or slower (-1) speed; faster also starts playing. */
  changeRate(direction: -1 | 1): void {
    const { rate, setRate, isPlaying } = usePlayerStore.getState();
    if (direction === 1 && !isPlaying) {
      this.togglePlay();
      return;
    }
    const index = PLAYBACK_RATES.indexOf(rate) + direction;
    setRate(PLAYBACK_RATES[Math.min(PLAYBACK_RATES.length - 1, Math.max(0, index))] ?? 1);
  }

  /** One frame of the active picture; the others follow. */
  async stepFrame(direction: -1 | 1): Promise<void> {
    const { setPlaying, setPlayhead } = usePlayerStore.getState();
    setPlaying(false);
    const { active } = useRecordingsStore.getState();
    const us = (await this.player(active)?.step(direction)) ?? null;
    if (us === null) return;
    setPlayhead(us);
    for (const player of this.#players.values()) if (player.stream !== active) player.seek(us);
  }

  stepKeyFrame(direction: -1 | 1): void {
    const { playheadUs } = usePlayerStore.getState();
    if (playheadUs === null) return;
    const us = this.player(useRecordingsStore.getState().active)?.keyFrameNear(playheadUs, direction);
    if (us) this.seek(us);
  }

  /** Goes to the newest recorded instant and plays on as it grows. */
  goLive(): void {
    const { streams, active } = useRecordingsStore.getState();
    const stream = streams.find((candidate) => candidate.stream === active);
    const endUs = stream?.endUs ?? Date.now() * 1000;
    usePlayerStore.getState().setRate(1);
    this.seek(endUs - LIVE_DELAY_US, true);
  }

  dispose(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    for (const stop of this.#stops) stop();
    for (const player of this.#players.values()) player.dispose();
    this.#players.clear();
    usePlayerStore.getState().setPlaying(false);
  }

  #tick(nowMs: number): void {
    const state = usePlayerStore.getState();
    const { playheadUs } = state;
    if (playheadUs === null) return;
    const players = [...this.#players.values()];
    if (nowMs - this.#checkedAtMs > CHECK_EVERY_MS) {
      this.#checkedAtMs = nowMs;
      for (const player of players) player.check(nowMs);
    }
    const { active } = useRecordingsStore.getState();
    const step = this.#director.tick(players, { ...state, playheadUs, active }, nowMs, Date.now() * 1000);
    if (step.playheadUs !== playheadUs) state.setPlayhead(step.playheadUs);
    if (this.#wasPlaying && !step.isPlaying) this.#settle(active);
    this.#wasPlaying = step.isPlaying;
    if (step.isPlaying !== state.isPlaying) state.setPlaying(step.isPlaying);
  }

  /** A busy browser stops late: the playhead is to name what the active picture shows, and the others to show the same. */
  #settle(active: string | null): void {
    const us = this.player(active)?.positionUs() ?? null;
    if (us === null) return;
    usePlayerStore.getState().setPlayhead(us);
    for (const player of this.#players.values()) {
      const ownUs = player.positionUs();
      if (ownUs !== null && Math.abs(ownUs - us) > STOP_DRIFT_US) player.seek(us);
    }
  }

  /** Only the active picture is heard. */
  #applySound(): void {
    const { volume, isMuted } = usePlayerStore.getState();
    const { active } = useRecordingsStore.getState();
    for (const { stream, video } of this.#players.values()) {
      const isSilent = isMuted || stream !== active;
      if (video.muted !== isSilent) video.muted = isSilent;
      if (video.volume !== volume) video.volume = volume;
    }
  }
}

const environment = {
  playlistUrl,
  findNearest,
  isRecording,
  nowUs: () => Date.now() * 1000,
};

function playlistUrl(stream: string, window: PlaybackWindow): string {
  return api.url('getHls', {
    params: { stream },
    query: { start_ts: window.startUs, ...(window.endUs === null ? {} : { end_ts: window.endUs }) },
  });
}

async function findNearest(stream: string, us: number, signal: AbortSignal): Promise<NearestTimes> {
  const { segment, beforeUs, afterUs } = await api.call('getInstant', {
    params: { stream },
    query: { ts: us },
    signal,
  });
  return { isRecorded: segment !== null, beforeUs, afterUs };
}

function isRecording(name: string): boolean {
  return useRecordingsStore.getState().streams.some(({ stream, isRecording: is }) => stream === name && is);
}
