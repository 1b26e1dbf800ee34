import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Settings } from '../config/settings.js';
import { HttpInputError } from './http-input.error.js';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** Where web clients are developed: on the user's own machine, on another port than the server. */
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Finds out whether a page of another origin is behind a request. Browsers say so in `Sec-Fetch-Site`; those that do not, since they
 * take the connection for insecure, at least name the page's origin. Programs send neither, and pass.
 *
 *   Sec-Fetch-Site  same-origin, none          own
 *                   same-site, cross-site      foreign, unless Origin is PUBLIC_URL's or one of CORS_ORIGINS
 *   absent; Origin  absent                     own: no browser
 *                   PUBLIC_URL's, CORS_ORIGINS, the same host and port as the Host header, or loopback   own
 *                   any other, also `null`     foreign
 *
 * Only what a browser sends by itself, the cookie of a session, needs this. A bot proves who it is in the first frame of its socket, so
 * sockets are open to pages of any origin, as are the APIs that take a key.
 */
export class OriginPolicy {
  private readonly trusted: ReadonlySet<string>;

  constructor({ publicUrl, CORS_ORIGINS }: Pick<Settings, 'publicUrl' | 'CORS_ORIGINS'>) {
    this.trusted = new Set([publicUrl, ...CORS_ORIGINS].map((url) => new URL(url).origin));
  }

  /** Whether a foreign page wants to change something. */
  isForeignChange(request: IncomingMessage): boolean {
    return !SAFE_METHODS.includes(request.method!) && this.isForeign(request);
  }

  /** Whether a foreign page has sent the request. */
  isForeign({ headers }: IncomingMessage): boolean {
    const { origin } = headers;
    const site = headers['sec-fetch-site'];
    if (site === 'same-origin' || site === 'none') return false;
    if (origin === undefined) return site !== undefined;
    if (this.trusted.has(origin)) return false;
    return site !== undefined || !isNearby(origin, headers.host);
  }
}

/** Whether an origin is that of the server, as the request names it, or on the user's own machine. */
function isNearby(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false; // `null`, the origin of sandboxed pages and of files, and nonsense
  const { hostname, protocol, host: originHost } = new URL(origin);
  if (LOOPBACK.includes(hostname)) return true;
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === originHost;
}

export const foreignPage = () =>
  new HttpInputError(403, 'csrf_failed', 'The request comes from a page of another site.');

/** Refuses changes that a page of another origin asks for, on routes without a session. Those with one have a guard of their own. */
@Injectable()
export class OwnOriginGuard implements CanActivate {
  private readonly policy: OriginPolicy;

  constructor(settings: Settings) {
    this.policy = new OriginPolicy(settings);
  }

  /** @throws HttpInputError 403 `csrf_failed` */
  canActivate(context: ExecutionContext): true {
    if (this.policy.isForeignChange(context.switchToHttp().getRequest<Request>())) throw foreignPage();
    return true;
  }
}
