import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { ProxyChoice } from './proxy-choice.ts';

/** Of one kind of calls; see undici's Agent. */
export interface CallOptions {
  readonly connectTimeoutMs?: number;
  /** To one host. */
  readonly connections?: number;
  /** 0 for none. */
  readonly headersTimeoutMs?: number;
  /** How long a connection that is not used stays open, unless the other side says less; 4 s without it. */
  readonly keepAliveMs?: number;
}

/** Makes what carries one kind of outgoing calls. Who makes it ends it with `destroy`. */
export type MakeDispatcher = (options?: CallOptions) => Dispatcher;

export interface OutgoingOptions {
  /** Certificates (PEM) that are trusted besides those of the program. */
  readonly certificates: readonly string[];
  /** More of them for single origins, such as `https://edge-1:7777`. */
  readonly certificatesOf: ReadonlyMap<string, string>;
  readonly chooseProxy: ProxyChoice;
}

/** How this program reaches others: whose certificates it trusts, and through which proxy. One per manager. */
export class Outgoing {
  readonly #secureContext: SecureContext | undefined;
  readonly #secureContextOf = new Map<string, SecureContext>();

  /** Throws where a certificate cannot be used. */
  constructor(private readonly options: OutgoingOptions) {
    const { certificates, certificatesOf } = options;
    const trusting = (...more: string[]) =>
      createSecureContext({ ca: [...rootCertificates, ...certificates, ...more] });
    // Made once: reading all root certificates for each connection would be slow.
    if (certificates.length > 0) this.#secureContext = trusting();
    for (const [origin, certificate] of certificatesOf)
      this.#secureContextOf.set(origin, trusting(certificate));
  }

  /** Carries calls to nodes, webhooks and the like. */
  readonly dispatcher: MakeDispatcher = (options = {}) =>
    new Agent({ factory: (origin) => this.#dispatcherTo(String(origin), options) });

  /** Where calls to others than this computer go through, without user and password; empty for directly. */
  proxyOrigins(): string[] {
    const { chooseProxy } = this.options;
    const proxies = ['http://liveman.invalid', 'https://liveman.invalid'].map((url) =>
      chooseProxy(new URL(url)),
    );
    return [...new Set(proxies.flatMap((proxy) => (proxy === null ? [] : [new URL(proxy).origin])))];
  }

  /** Carries calls of libraries that use Node's own agents, to this URL. */
  nodeAgents(url: string, maxSockets: number): { readonly http: HttpAgent; readonly https: HttpsAgent } {
    const { proxy, secureContext } = this.#route(url);
    const options = { maxSockets, keepAlive: true, ...(secureContext ? { secureContext } : {}) };
    if (proxy === null) return { http: new HttpAgent(options), https: new HttpsAgent(options) };
    // Both are agents of Node with another way to connect; their types say so only in part.
    return {
      http: new HttpProxyAgent(proxy, options) as HttpAgent,
      https: new HttpsProxyAgent(proxy, options) as unknown as HttpsAgent,
    };
  }

  #dispatcherTo(origin: string, calls: CallOptions): Dispatcher {
    const { proxy, secureContext } = this.#route(origin);
    const options = agentOptions(calls, secureContext);
    if (proxy === null) return new Pool(origin, options);
    // Plain HTTP is asked for in full from the proxy, as proxies expect it; only TLS goes through a tunnel.
    const tls = options.connect;
    return new ProxyAgent({ ...options, uri: proxy, proxyTunnel: false, proxyTls: tls, requestTls: tls });
  }

  #route(url: string): { readonly proxy: string | null; readonly secureContext: SecureContext | undefined } {
    const parsed = new URL(url);
    return {
      proxy: this.options.chooseProxy(parsed),
      secureContext: this.#secureContextOf.get(parsed.origin) ?? this.#secureContext,
    };
  }
}

/** Connects directly and trusts what Node trusts: for tests, and parts that are used alone. */
export const directDispatcher: MakeDispatcher = (options = {}) => new Agent(agentOptions(options, undefined));

function agentOptions(
  { connectTimeoutMs, connections, headersTimeoutMs, keepAliveMs }: CallOptions,
  secureContext?: SecureContext,
) {
  return {
    connect: {
      ...(connectTimeoutMs === undefined ? {} : { timeout: connectTimeoutMs }),
      ...(secureContext ? { secureContext } : {}),
    },
    ...(connections === undefined ? {} : { connections }),
    ...(headersTimeoutMs === undefined ? {} : { headersTimeout: headersTimeoutMs }),
    ...(keepAliveMs === undefined ? {} : { keepAliveTimeout: keepAliveMs }),
  };
}
