import type { Strategy } from '../../../src-shared/model/node-json.ts';
import type { Clock } from '../../core/base/clock.ts';
import type { FakeNodeOptions, NodeRecorder } from './node-options.ts';
import type { RecordingsIndex } from './node-recordings-index.ts';
import type { NodeStreams } from './node-streams.ts';

/** What the routes of one node share. */
export interface NodeParts {
  readonly options: FakeNodeOptions;
  readonly strategy: Strategy;
  readonly clock: Clock;
  readonly connectDelayMs: number;
  readonly streams: NodeStreams;
  readonly index: RecordingsIndex;
  readonly recorder: NodeRecorder;
  /** Aborts when the node closes. */
  readonly closed: AbortSignal;
  /** Runs `task` after `delayMs`, unless the node closes before. */
  later(delayMs: number, task: () => void): void;
}
