import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createFakeNode, type FakeNode } from '../../src-main/demo/fake-node/fake-node.ts';
import { capturePath, captureTimes } from './capture-storage.ts';
import { type IndexRow, indexRows } from './captured-list.ts';
import { type DatabaseGate, startDatabaseGate } from './database-gate.ts';
import { type ManagerProcess, startManager } from './manager-process.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const MAIN = fileURLToPath(new URL('../../out/headless/main.js', import.meta.url));
const VERSIONS = ['head', 'v0.9.0', 'push'] as const;
const RETRY_MS = 100;
const ANSWER_LIMIT_MS = 20_000;

export type Version = (typeof VERSIONS)[number];

/** A file of a recording; `seq` is the number of a segment, 0 of what comes first. */
interface RecordedFile {
  readonly path: string;
  readonly seq: number;
  readonly modifiedMs: number;
}

/** A segment of pictures as its node tells of it; microseconds, of the wall clock or of the recording. */
export interface ToldSegment {
  readonly seq: number;
  readonly path: string;
  readonly startUs: number;
  readonly endUs: number;
}

/** A recording that a real node made. */
export interface MadeRecording {
  readonly version: Version;
  readonly stream: string;
  readonly files: readonly RecordedFile[];
  readonly lastSeq: number;
  /** As it stands in the list of its node, where that has one. */
  readonly listed: IndexRow | undefined;
  readonly told: readonly ToldSegment[];
}

/** What comes through a door, of a recording by its place among all; `upTo` counts segments from 1. */
export type Step =
  | { readonly door: 'report'; readonly of: number; readonly seq: number; readonly copies: number }
  | { readonly door: 'node'; readonly of: number; readonly upTo: number }
  | { readonly door: 'index'; readonly of: number; readonly blow: Blow };

/**
 * What happens once so many pieces have gone to the database, counted from the start of a process or from the first
 * step: the process is killed, the server ends all connections, or it is away and the process is killed a little later.
 */
export interface Blow {
  readonly kind: 'kill' | 'end connections' | 'away and kill';
  readonly pieces: number;
  /** Whether the last piece does not get to the database. */
  readonly isLastLost: boolean;
  readonly isAtStart: boolean;
}

export const aliasOf = (version: Version) => `of-${version}`;

/** Everything that was captured of nodes that list recordings, and of one whose segments are pulled. */
export async function madeRecordings(): Promise<MadeRecording[]> {
  const made: MadeRecording[] = [];
  for (const version of VERSIONS) {
    const files = Object.entries(await captureTimes(version)).map(([each, modifiedMs]) => {
      return { path: each, modifiedMs, seq: Number(/seg_(\d+)\.m4s$/.exec(each)?.[1] ?? 0) };
    });
    const listed = version === 'push' ? [] : await indexRows(version);
    for (const stream of new Set(files.map((file) => file.path.split('/', 1)[0] ?? ''))) {
      const own = files.filter((file) => file.path.startsWith(`${stream}/`));
      const lastSeq = Math.max(...own.map(({ seq }) => seq));
      made.push({
        version,
        stream,
        lastSeq,
        listed: listed.find((row) => row.stream === stream),
        // The manifest is not final before the end.
        files: own.map((file) => (file.path.endsWith('.mpd') ? { ...file, seq: lastSeq } : file)),
        told: [],
      });
    }
  }
  return made;
}

/** A node that says of what it lists as active that it records it. */
function listingNode(generation: 'head' | 'v0.9.0'): Promise<FakeNode> {
  return createFakeNode({
    generation,
    createRecorder: (index) => ({
      active: (stream) => index.all().find((row) => row.stream === stream && row.status === 'Active'),
      start: () => Promise.reject(new Error('It records by itself.')),
      stop: async () => {},
    }),
  });
}

/** A manager that is killed again and again, its nodes, and storages into which their recordings come bit by bit. */
export class KilledDoors {
  /** Paths of segments of which a report was acknowledged. */
  readonly acknowledged = new Set<string>();
  readonly #grown = new Map<MadeRecording, number>();
  #manager: ManagerProcess | undefined;
  #pid = 0;
  #killedPid = 0;
  /** Reports that got no answer: nodes come again with them. */
  #waiting: Step[] = [];
  #runs = 0;

  private constructor(
    readonly recordings: readonly MadeRecording[],
    readonly test: TestDatabase,
    private readonly folder: string,
    private readonly gate: DatabaseGate,
    private readonly nodes: Record<Version, FakeNode>,
  ) {}

  static async open(recordings: readonly MadeRecording[]): Promise<KilledDoors> {
    const test = await createTestDatabase();
    const folder = await mkdtemp(path.join(tmpdir(), 'killed-doors-'));
    const gate = await startDatabaseGate(test.url);
    const nodes = {
      head: await listingNode('head'),
      'v0.9.0': await listingNode('v0.9.0'),
      push: await createFakeNode({ generation: 'pull', alias: aliasOf('push') }),
    };
    for (const version of VERSIONS) await mkdir(path.join(folder, version));
    return new KilledDoors(recordings, test, folder, gate, nodes);
  }

  async close(): Promise<void> {
    await this.#manager?.kill();
    for (const node of Object.values(this.nodes)) await node.close();
    await this.gate.close();
    await this.test.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Lets all of it come at once, and returns when the blow has fallen. */
  async round(steps: readonly Step[], blow: Blow): Promise<void> {
    for (const step of steps) await this.#grow(step);
    let hasFallen = false;
    const arm = () =>
      this.gate.strikeAfter(blow.pieces, blow.isLastLost, () => {
        hasFallen = true;
        return this.#strike(blow, steps);
      });
    let struck = blow.isAtStart && !this.#manager ? arm() : undefined;
    if (!this.#manager) {
      await this.#start().catch((error: unknown) => {
        if (!hasFallen || blow.kind === 'end connections') throw error;
      });
      if (!this.#manager) {
        await struck;
        await this.#start();
      }
    }
    struck ??= arm();
    await Promise.all([...this.#waiting.splice(0), ...steps].map((step) => this.#run(step)));
    await struck;
  }

  /** Lets the rest come, and comes again with reports until each is acknowledged. */
  async finish(): Promise<void> {
    if (!this.#manager) await this.#start();
    for (const [of, { lastSeq }] of this.recordings.entries()) {
      const last: Step = { door: 'node', of, upTo: lastSeq };
      await this.#grow(last);
      await this.#run(last);
    }
    for (let step = this.#waiting.shift(); step; step = this.#waiting.shift()) await this.#run(step);
  }

  /** What the manager still has to do, in words. */
  async leftToDo(): Promise<string[]> {
    const left: string[] = [];
    for (const row of [this.nodes.head, this.nodes['v0.9.0']].flatMap(({ recordings }) => recordings.all())) {
      if (row.status !== 'Acked') left.push(`${row.stream} is ${row.status} in the list of its node`);
    }
    const known = new Set(
      (await this.query<{ path: string }>('select path from segments')).map((r) => r.path),
    );
    for (const { told, version } of this.recordings) {
      const lacking = version === 'push' ? told.filter((each) => !known.has(each.path)) : [];
      left.push(...lacking.map((each) => `${each.path} is not pulled`));
    }
    const pending = await this.query<{ path: string }>(`select path from segments where state = 'pending'`);
    left.push(...pending.map((each) => `${each.path} is not examined`));
    const status = this.#manager && (await fetch(`${this.#manager.origin}/api/status`));
    const { journal } = ((await status?.json()) ?? {}) as { journal?: { entryCount: number } };
    if (journal && journal.entryCount > 0) left.push(`${journal.entryCount} reports wait in the journal`);
    return left;
  }

  /** One pass over each storage; throws where a command fails. */
  async indexAll(): Promise<void> {
    for (const version of VERSIONS) {
      const status = await this.index(version);
      if (status !== 0) throw new Error(`Indexing ${version} ended with status ${status}.`);
    }
  }

  /** One pass over a storage; answers the exit status of the command, null where it was killed. */
  async index(version: Version, blow?: Blow): Promise<number | null> {
    const gate = await startDatabaseGate(this.test.url);
    this.#runs += 1;
    const config = await this.#configure(`index-${this.#runs}`, gate.url);
    const args = [MAIN, 'index', '--storage', version, '--data', this.folder, '--config', config];
    const child = spawn(process.execPath, args, { cwd: this.folder, stdio: 'ignore' });
    const ended = once(child, 'exit');
    if (blow) {
      void gate.strikeAfter(blow.pieces, blow.isLastLost, async () => {
        if (blow.kind === 'end connections') return this.#endConnections();
        if (blow.kind === 'away and kill') gate.set('cut');
        child.kill('SIGKILL');
      });
    }
    await ended;
    await gate.close();
    return child.exitCode;
  }

  async query<T>(text: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.test.url });
    await client.connect();
    try {
      return (await client.query(text)).rows as T[];
    } finally {
      await client.end();
    }
  }

  /** Lets all files of all recordings come. */
  async growAll(): Promise<void> {
    for (const [of, { lastSeq }] of this.recordings.entries()) {
      await this.#grow({ door: 'node', of, upTo: lastSeq });
    }
  }

  async #start(): Promise<void> {
    const config = await this.#configure('liveman', this.gate.url);
    const onSpawn = (pid: number) => {
      this.#pid = pid;
    };
    const manager = await startManager(this.folder, ['--config', config], {}, onSpawn);
    if (manager.pid === this.#killedPid) throw new Error('The manager was killed as it became ready.');
    this.#manager = manager;
  }

  async #configure(name: string, databaseUrl: string): Promise<string> {
    const file = path.join(this.folder, `${name}.toml`);
    const storages = VERSIONS.map(
      (version) => `[[storages]]\nname = "${version}"\nroot = "${path.join(this.folder, version)}"\n`,
    );
    const nodes = VERSIONS.map(
      (version) =>
        `[[nodes]]\nalias = "${aliasOf(version)}"\nurl = "${this.nodes[version].url}"\nstorage = "${version}"\n`,
    );
    await writeFile(
      file,
      `[database]\nurl = "${databaseUrl}"\n[record_sync]\nenabled = true\ntick_ms = 100\n${[...storages, ...nodes].join('')}`,
    );
    return file;
  }

  async #strike({ kind }: Blow, steps: readonly Step[]): Promise<void> {
    if (kind === 'end connections') return this.#endConnections();
    if (kind === 'away and kill') {
      this.gate.set('cut');
      // Nodes come again with what they have no answer to, and what they told is told once more.
      await Promise.all(steps.filter(({ door }) => door === 'report').map((step) => this.#run(step)));
    }
    this.#killedPid = this.#pid;
    process.kill(this.#pid, 'SIGKILL');
    await this.#manager?.kill();
    this.#manager = undefined;
    this.gate.set('open');
  }

  async #endConnections(): Promise<void> {
    await this.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
  }

  async #run(step: Step): Promise<void> {
    const recording = this.recordings[step.of] as MadeRecording;
    if (step.door === 'index') {
      await this.index(recording.version, step.blow);
    } else if (step.door === 'report') {
      const segment = recording.told[step.seq - 1];
      if (segment && !(await this.#report(recording, segment, step.copies))) this.#waiting.push(step);
    } else if (recording.version === 'push') {
      for (const { endUs, path: each, startUs } of recording.told.slice(0, step.upTo)) {
        await this.nodes.push.finishSegment(recording.stream, {
          startUs,
          endUs,
          path: each,
          isKeyFrame: true,
        });
      }
    } else if (recording.listed) {
      this.#list(this.nodes[recording.version], recording.listed, step.upTo === recording.lastSeq);
    }
  }

  #list({ recordings }: FakeNode, listed: IndexRow, isOver: boolean): void {
    const { end_ts: endUs, record, record_dir: recordDir, start_ts: startUs, stream } = listed;
    const row = recordings.all().find((each) => each.stream === stream);
    if (!row) recordings.begin({ record, stream, recordDir, startUs });
    if (isOver && row?.endUs !== endUs) recordings.complete({ record, stream }, endUs);
  }

  /** Answers whether it was acknowledged. */
  async #report({ stream, version }: MadeRecording, told: ToldSegment, copies: number): Promise<boolean> {
    const { endUs: end_ts, path: each, startUs: start_ts } = told;
    const duration_ms = Math.round((end_ts - start_ts) / 1000);
    const segment = { start_ts, end_ts, duration_ms, path: each, is_keyframe: true };
    const origin = this.#manager?.origin;
    if (origin === undefined) return false;
    try {
      const response = await fetch(`${origin}/api/segments/report`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ node_alias: aliasOf(version), stream, segments: Array(copies).fill(segment) }),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      await response.arrayBuffer();
      if (!response.ok) return false;
      this.acknowledged.add(each);
      return true;
    } catch {
      await delay(RETRY_MS);
      return false;
    }
  }

  /** A file is there before anything is said of it. */
  async #grow(step: Step): Promise<void> {
    const recording = this.recordings[step.of] as MadeRecording;
    const upTo = step.door === 'report' ? step.seq : step.door === 'node' ? step.upTo : 0;
    const before = this.#grown.get(recording) ?? -1;
    for (const file of recording.files) {
      if (file.seq <= before || file.seq > upTo) continue;
      const target = path.join(this.folder, recording.version, file.path);
      await mkdir(path.dirname(target), { recursive: true });
      await copyFile(capturePath(recording.version, 'recordings', file.path), target);
      await utimes(target, file.modifiedMs / 1000, file.modifiedMs / 1000);
    }
    this.#grown.set(recording, Math.max(before, upTo));
  }
}
