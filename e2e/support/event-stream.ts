/** The live events of a manager, as the window gets them. */
export interface EventStream {
  /** Resolves with the data of the first event of that name that is wanted, past ones included. */
  wait(name: string, isWanted: (data: unknown) => boolean, limitMs?: number): Promise<unknown>;
  /** Forgets what came so far. */
  clear(): void;
  close(): void;
}

/** Follows `GET /api/events` of the manager at `origin`; resolves when the stream has begun. */
export async function followEvents(origin: string): Promise<EventStream> {
  const stop = new AbortController();
  const reply = await fetch(`${origin}/api/events`, { signal: stop.signal });
  const body = reply.body as ReadableStream<Uint8Array>;
  const events: { name: string; data: unknown }[] = [];
  const waiting = new Set<() => void>();
  const read = async () => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const name = /^event: (.*)$/m.exec(part)?.[1];
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (name && data) events.push({ name, data: JSON.parse(data) });
      }
      for (const look of waiting) look();
    }
  };
  void read().catch(() => {});
  return {
    wait: (name, isWanted, limitMs = 10_000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = events.find((event) => event.name === name && isWanted(event.data));
          if (!found) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found.data);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          const seen = events.map((event) => event.name).join(', ');
          reject(new Error(`no ${name} event as wanted within ${limitMs} ms; there were: ${seen}`));
        }, limitMs);
        waiting.add(look);
        look();
      }),
    clear: () => {
      events.length = 0;
    },
    close: () => stop.abort(),
  };
}
