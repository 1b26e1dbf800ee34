import type { ServerOptions } from 'node:http';

const SECOND = 1000;

/**
 * Timeouts and limits of all HTTP servers. JSON bodies have a shorter deadline in `bodyParsing`, and `cutStalledUploads` closes
 * stalled uploads; the deadline for whole requests must leave time for an upload over a slow connection.
 */
export const SERVER_OPTIONS = {
  /** Longer than the 60 s after which common load balancers close an idle connection, so that the server is not the first. */
  keepAliveTimeout: 65 * SECOND,
  /** With the interval of the checks, connections with slow headers are closed within 15 s. */
  headersTimeout: 14 * SECOND,
  connectionsCheckingInterval: 1 * SECOND,
  requestTimeout: 3600 * SECOND,
  /** Bytes. More are rejected with 431. */
  maxHeaderSize: 16 * 1024,
  /** A request with both Content-Length and Transfer-Encoding is rejected, which prevents request smuggling past a proxy. */
  insecureHTTPParser: false,
  requireHostHeader: true,
} as const satisfies ServerOptions;

/** Milliseconds for a TLS handshake. */
export const TLS_HANDSHAKE_TIMEOUT = 10 * SECOND;
