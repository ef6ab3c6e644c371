import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ClusterId } from '../auth/cluster-id.ts';

/** What the names of session cookies begin with. */
export const SESSION_COOKIE = 'liveman_session';
/** Over TLS: browsers take it from this host alone, so that a neighbouring one cannot log anybody in here. */
const HOST_PREFIX = '__Host-';

/**
 * Cookie of a browser session. Browsers send cookies to all ports of a host, so its name is that of the cluster: else
 * two clusters on one computer would log each other's users out.
 */
export class SessionCookie {
  constructor(private readonly cluster: ClusterId) {}

  /** The value that a request brings; undefined where it brings none. */
  async read(request: FastifyRequest): Promise<string | undefined> {
    const name = await this.#find(request);
    return name === undefined ? undefined : request.cookies[name];
  }

  /** Gives the browser the value of its session. */
  async set(reply: FastifyReply, value: string): Promise<void> {
    const id = await this.cluster.find();
    reply.setCookie(
      id === null ? plainName(reply.request) : nameFor(reply.request, id),
      value,
      optionsFor(reply),
    );
  }

  /** Takes back the one that the request brought. */
  async clear(reply: FastifyReply): Promise<void> {
    const name = await this.#find(reply.request);
    if (name !== undefined) reply.clearCookie(name, optionsFor(reply));
  }

  async #find(request: FastifyRequest): Promise<string | undefined> {
    const plain = plainName(request);
    const brought = Object.keys(request.cookies).filter((name) => name.startsWith(plain));
    if (brought.length === 0) return undefined;
    const id = await this.cluster.find();
    if (id !== null && brought.includes(nameFor(request, id))) return nameFor(request, id);
    // Of a login from before the database was reached for the first time.
    if (brought.includes(plain)) return plain;
    // Which one is ours is not known yet; that this is a login should be, for what is said of it.
    return id === null ? brought[0] : undefined;
  }
}

function plainName({ protocol }: FastifyRequest): string {
  return protocol === 'https' ? HOST_PREFIX + SESSION_COOKIE : SESSION_COOKIE;
}

function nameFor(request: FastifyRequest, clusterId: string): string {
  return `${plainName(request)}_${clusterId.slice(0, 8)}`;
}

/** Not for scripts, not for other sites; over TLS never without it. */
function optionsFor(reply: FastifyReply) {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: reply.request.protocol === 'https',
  } as const;
}
