import type { Strategy } from '../../../src-shared/model/node-json.ts';
import type { Clock } from '../../core/base/clock.ts';
import type { RecordingsIndex } from './node-recordings-index.ts';
import type { NodeWebrtc } from './node-webrtc.ts';

/** Versions of live777 that differ on the wire, oldest first. */
export const GENERATIONS = ['push', 'pull', 'sess', 'daily', 'v0.9.0', 'head'] as const;
export type Generation = (typeof GENERATIONS)[number];

/** Whether `generation` is `other` or newer. */
export function isAtLeast(generation: Generation, other: Generation): boolean {
  return GENERATIONS.indexOf(generation) >= GENERATIONS.indexOf(other);
}

/** What really records for a node: a loop writer in the demo, rows only in tests. */
export interface NodeRecorder {
  /** The recording of `stream` that is going on, if there is one. */
  active(stream: string): ActiveRecording | undefined;
  /** Starts a recording; `baseDir` is the folder the client asked for. The recorder keeps the index rows. */
  start(stream: string, baseDir: string | undefined): Promise<ActiveRecording>;
  /** Ends the recording of `stream`; nothing happens when there is none. */
  stop(stream: string): Promise<void>;
}

export interface ActiveRecording {
  /** The record id: unix seconds as text. */
  readonly record: string;
  /** Relative to the storage root. */
  readonly recordDir: string;
}

export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface FakeNodeOptions {
  readonly generation: Generation;
  /** Name the node gives itself in segment reports. */
  readonly alias?: string;
  readonly host?: string;
  /** 0 (the default) lets the system choose. */
  readonly port?: number;
  /** Static tokens; none turns authentication off. */
  readonly tokens?: readonly string[];
  /** Key of HS256 tokens. */
  readonly secret?: string;
  readonly strategy?: Partial<Strategy>;
  readonly hasRecorder?: boolean;
  readonly hasCascade?: boolean;
  readonly hasWebui?: boolean;
  readonly hasCors?: boolean;
  readonly iceServers?: readonly IceServer[];
  /** Streams declared in the node's configuration. */
  readonly provisioned?: readonly string[];
  /** Streams that the node records by itself from their creation; `*` stands for any characters. */
  readonly autoRecord?: readonly string[];
  /** Folder that `/api/record/object/` reads. */
  readonly storageRoot?: string;
  /** Makes the recorder; the default writes index rows and no media. */
  readonly createRecorder?: (index: RecordingsIndex) => NodeRecorder;
  /** Where a node of the push generation reports its segments. */
  readonly report?: { readonly url: string; readonly retryAttempts?: number; readonly timeoutMs?: number };
  /** The upload client of v0.9.0 and newer. */
  readonly upload?: { readonly url: string; readonly token?: string; readonly intervalMs?: number };
  /** How long a new session takes to become `connected`. */
  readonly connectDelayMs?: number;
  /** How long nodes before HEAD wait for a STUN server that does not answer; 0, the default: it answers. */
  readonly stunWaitMs?: number;
  /** The list of recordings that an earlier run left, as after a crash. */
  readonly recordings?: RecordingsIndex;
  readonly clock?: Clock;
  /** Makes connections real, so that what is published reaches those who watch. */
  readonly webrtc?: NodeWebrtc;
}

export const DEFAULT_STRATEGY: Strategy = {
  each_stream_max_sub: 65_535,
  cascade_push_close_sub: false,
  auto_create_whip: true,
  auto_create_whep: true,
  auto_delete_whip: -1,
  auto_delete_whep: -1,
};
