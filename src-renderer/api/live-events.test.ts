import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLiveEventStream, type LiveConnection } from './live-events.ts';

class FakeSource extends EventTarget {
  isClosed = false;
  close() {
    this.isClosed = true;
  }
  open() {
    this.dispatchEvent(new Event('open'));
  }
  fail() {
    this.dispatchEvent(new Event('error'));
  }
  send(name: string, data: string) {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }
}

function setUp() {
  const sources: FakeSource[] = [];
  const stream = createLiveEventStream(() => {
    const source = new FakeSource();
    sources.push(source);
    return source as unknown as EventSource;
  });
  const states: LiveConnection[] = [];
  stream.onConnectionChange((state) => states.push(state));
  return { stream, sources, states };
}

const STATUS = '{"version":"1"}';

describe('createLiveEventStream', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('delivers messages by name and says when to read the state', () => {
    const { stream, sources, states } = setUp();
    const onConnect = vi.fn();
    const onStatus = vi.fn();
    stream.onConnect(onConnect);
    const stop = stream.on('status', onStatus);
    stream.start();
    sources[0]?.open();
    sources[0]?.send('status', STATUS);
    expect(onConnect).toHaveBeenCalledTimes(1);
    expect(onStatus).toHaveBeenCalledWith({ version: '1' });
    stop();
    sources[0]?.send('status', STATUS);
    expect(onStatus).toHaveBeenCalledTimes(1);
    expect(states).toEqual(['connecting', 'live']);
    stream.stop();
  });

  it('connects again after a failure, each time later, and reads the state again', () => {
    const { stream, sources, states } = setUp();
    const onConnect = vi.fn();
    stream.onConnect(onConnect);
    stream.start();
    sources[0]?.fail();
    vi.advanceTimersByTime(500);
    expect(sources).toHaveLength(2);
    sources[1]?.fail();
    vi.advanceTimersByTime(999);
    expect(sources).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(sources).toHaveLength(3);
    sources[2]?.open();
    expect(onConnect).toHaveBeenCalledTimes(1);
    expect(states.at(-1)).toBe('live');
    sources[2]?.fail();
    vi.advanceTimersByTime(500);
    expect(sources).toHaveLength(4);
    stream.stop();
  });

  it('gives up a connection that is silent', () => {
    const { stream, sources } = setUp();
    stream.start();
    sources[0]?.open();
    vi.advanceTimersByTime(29_000);
    sources[0]?.send('status', STATUS);
    vi.advanceTimersByTime(29_000);
    expect(sources).toHaveLength(1);
    vi.advanceTimersByTime(1000);
    expect(sources).toHaveLength(2);
    expect(sources[0]?.isClosed).toBe(true);
    stream.stop();
  });

  it('starts over rather than guess when a message cannot be read', () => {
    const { stream, sources } = setUp();
    stream.start();
    sources[0]?.open();
    sources[0]?.send('nodes', '{"changed":');
    expect(sources).toHaveLength(2);
    stream.stop();
  });

  it('stays closed once stopped', () => {
    const { stream, sources } = setUp();
    stream.start();
    sources[0]?.fail();
    stream.stop();
    vi.advanceTimersByTime(60_000);
    expect(sources).toHaveLength(1);
  });
});
