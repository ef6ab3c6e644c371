import { createHmac } from 'node:crypto';
import { type Dispatcher, request } from 'undici';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { untilAborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import { iceServerLinks, isIceServerLink } from './link-header.ts';

export interface IceServersOptions {
  readonly config: Config['extra_ice'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where Cloudflare's API is; a stand-in in tests. */
  readonly cloudflareUrl?: string;
  readonly dispatcher?: Dispatcher;
}

const CLOUDFLARE_URL = 'https://rtc.live.cloudflare.com';
const CLOUDFLARE_TIMEOUT_MS = 5000;
const RETRY_AFTER_MS = 30_000;

/** The ICE servers that the configuration adds to the nodes' own. */
export class IceServers {
  #config: Config['extra_ice'];
  #cloudflare: CloudflareLinks | null;

  constructor(private readonly options: IceServersOptions) {
    this.#config = options.config;
    this.#cloudflare = cloudflareOf(options.config, options);
  }

  /** The same servers with other secrets. */
  use(config: Config['extra_ice']): void {
    const isSame = JSON.stringify(config.cloudflare) === JSON.stringify(this.#config.cloudflare);
    if (!isSame) this.#cloudflare = cloudflareOf(config, this.options);
    this.#config = config;
  }

  /**
   * The links for a reply whose node sent `links`: those, without its ICE servers where the configuration says so,
   * and ours. Never throws: a service that gives no credentials now is left out and logged.
   */
  async extend(links: readonly string[], signal: AbortSignal): Promise<string[]> {
    const config = this.#config;
    const { clock } = this.options;
    const own = [
      ...config.ice_servers.flatMap(iceServerLinks),
      ...(config.coturn ? coturnLinks(config.coturn, clock.nowMs()) : []),
      ...((await this.#cloudflare?.links(signal)) ?? []),
    ];
    const kept = config.override_upstream_ice_servers
      ? links.filter((link) => !isIceServerLink(link))
      : links;
    return [...kept, ...own];
  }
}

function cloudflareOf({ cloudflare }: Config['extra_ice'], options: IceServersOptions) {
  return cloudflare && cloudflare.key_id !== '' ? new CloudflareLinks(cloudflare, options) : null;
}

/** Links with credentials by coturn's REST scheme: the user name is the unix second at which they end. */
export function coturnLinks(
  { secret, ttl, urls }: { readonly urls: readonly string[]; readonly secret: string; readonly ttl: number },
  nowMs: number,
): string[] {
  const username = String(Math.floor(nowMs / MS_PER_SECOND) + ttl);
  const credential = createHmac('sha1', secret).update(username).digest('base64');
  return iceServerLinks({ urls, username, credential });
}

/** Credentials from Cloudflare, asked for once and used for the first half of their life. */
class CloudflareLinks {
  #known: { readonly links: string[]; readonly endMs: number } | null = null;
  #asking: Promise<void> | null = null;
  #nextAskMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly config: { readonly key_id: string; readonly api_token: string; readonly ttl: number },
    private readonly options: IceServersOptions,
  ) {}

  async links(signal: AbortSignal): Promise<string[]> {
    const { clock } = this.options;
    if (clock.monotonicMs() >= this.#nextAskMs) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = null;
      });
      // Who waits may go; the answer serves the next one.
      await Promise.race([this.#asking, untilAborted(signal)]);
    }
    return this.#known && clock.monotonicMs() < this.#known.endMs ? this.#known.links : [];
  }

  async #ask(): Promise<void> {
    const { clock, cloudflareUrl = CLOUDFLARE_URL, dispatcher, logger } = this.options;
    const { api_token, key_id, ttl } = this.config;
    const askedMs = clock.monotonicMs();
    try {
      const path = `/v1/turn/keys/${encodeURIComponent(key_id)}/credentials/generate-ice-servers`;
      const reply = await request(cloudflareUrl + path, {
        ...(dispatcher ? { dispatcher } : {}),
        method: 'POST',
        headers: { authorization: `Bearer ${api_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ttl }),
        signal: AbortSignal.timeout(CLOUDFLARE_TIMEOUT_MS),
      });
      if (reply.statusCode < 200 || reply.statusCode > 299) {
        await reply.body.dump();
        throw new Error(`it answers ${reply.statusCode}`);
      }
      const links = parseIceServers(await reply.body.json()).flatMap(iceServerLinks);
      this.#known = { links, endMs: askedMs + ttl * MS_PER_SECOND };
      // A client keeps what it was given for as long as it plays, so half of the life is left to it.
      this.#nextAskMs = askedMs + (ttl * MS_PER_SECOND) / 2;
    } catch (error) {
      logger.warn({ err: error }, 'Cloudflare gave no TURN credentials; replies go out without them');
      this.#nextAskMs = clock.monotonicMs() + RETRY_AFTER_MS;
    }
  }
}

interface IceServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

function parseIceServers(json: unknown): IceServer[] {
  const list = (json as { iceServers?: unknown } | null)?.iceServers;
  const servers = Array.isArray(list) ? list : list === undefined ? [] : [list];
  if (servers.length === 0) throw new TypeError('the answer names no iceServers');
  return servers.map((server: { urls?: unknown; username?: unknown; credential?: unknown }) => ({
    urls: [server.urls ?? []].flat().map(String),
    username: String(server.username ?? ''),
    credential: String(server.credential ?? ''),
  }));
}
