import { setTimeout as delay } from 'node:timers/promises';

export interface SoakLoad {
  /** Paths of segments that were acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  /** Answers other than 200, and connections that failed: the node came again. */
  readonly failures: number;
  /** Lets every node end its report, however often it has to come. */
  stop(): Promise<void>;
}

const RETRY_MS = 150;
const ANSWER_LIMIT_MS = 10_000;
const SEGMENT_MS = 250;

/**
 * Nodes that report one segment after the other and come again until each is acknowledged: every second one knows the
 * wall clock, the others send times of their recording. Now and then a report is sent twice.
 */
export function startSoakLoad(origin: string, nodes: number, tag: string): SoakLoad {
  const acknowledged = new Set<string>();
  let isOver = false;
  let failures = 0;
  const report = async (body: string): Promise<boolean> => {
    try {
      const response = await fetch(`${origin}/api/segments/report`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      await response.arrayBuffer();
      return response.status === 200;
    } catch {
      return false;
    }
  };
  const node = async (index: number): Promise<void> => {
    const stream = `soak-${tag}-${index}`;
    const beganMs = Date.now();
    const isMedia = index % 2 === 1;
    const dir = isMedia ? `${stream}/2026/05/01` : `${stream}/${Math.floor(beganMs / 1000)}${tag}`;
    let lastMs = beganMs;
    for (let seq = 1; !isOver; seq += 1) {
      await delay(SEGMENT_MS);
      const nowMs = Date.now();
      const at = (ms: number) => (isMedia ? ms - beganMs : ms) * 1000;
      const path = `${dir}/seg_${String(seq).padStart(4, '0')}.m4s`;
      const segment = {
        start_ts: at(lastMs),
        end_ts: at(nowMs),
        duration_ms: nowMs - lastMs,
        path,
        is_keyframe: true,
      };
      lastMs = nowMs;
      const body = JSON.stringify({ node_alias: `edge-${index}`, stream, segments: [segment] });
      while (!(await report(body))) {
        failures += 1;
        await delay(RETRY_MS);
      }
      acknowledged.add(path);
      if (seq % 7 === 0) await report(body);
    }
  };
  const running = Array.from({ length: nodes }, (_, index) => node(index));
  return {
    acknowledged,
    get failures() {
      return failures;
    },
    stop: async () => {
      isOver = true;
      await Promise.all(running);
    },
  };
}
