import type { ServerOptions } from 'node:http';

const SECOND = 1000;

/**
 * How patient and how strict every HTTP server of ours is. JSON bodies have a stricter deadline of their own, in
 * `bodyParsing`, and uploads that stall are cut by `cutStalledUploads`; the deadline for whole requests must leave time for an upload
 * over a slow line.
 */
export const SERVER_OPTIONS = {
  /** Longer than the 60 s after which common load balancers drop an idle connection: we must not be the first. */
  keepAliveTimeout: 65 * SECOND,
  /** With the interval of the checks, slow headers are cut off within 15 s. */
  headersTimeout: 14 * SECOND,
  connectionsCheckingInterval: 1 * SECOND,
  requestTimeout: 3600 * SECOND,
  /** Bytes. More are answered 431. */
  maxHeaderSize: 16 * 1024,
  /** A request with both Content-Length and Transfer-Encoding is refused, as it may be smuggled past a proxy. */
  insecureHTTPParser: false,
  requireHostHeader: true,
} as const satisfies ServerOptions;

/** Milliseconds within which a TLS handshake must be over. */
export const TLS_HANDSHAKE_TIMEOUT = 10 * SECOND;
