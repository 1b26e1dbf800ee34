import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Settings } from '../config/settings.js';
import { HttpInputError } from './http-input.error.js';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** Hosts on which web clients are developed: the user's machine, on another port than the server. */
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Detects whether a page of another origin sent a request. Browsers report it in `Sec-Fetch-Site`, or, on connections that they
 * consider insecure, at least send the page's origin. Other programs send neither and pass.
 *
 *   Sec-Fetch-Site  same-origin, none          own
 *                   same-site, cross-site      foreign, unless Origin is PUBLIC_URL's or one of CORS_ORIGINS
 *   absent; Origin  absent                     own: no browser
 *                   PUBLIC_URL's, CORS_ORIGINS, the same host and port as the Host header, or loopback   own
 *                   any other, also `null`     foreign
 *
 * Only credentials that a browser sends by itself, the session cookie, need this check. A bot authenticates in the first frame of its
 * socket, so sockets accept pages of any origin, as do the APIs that take a key.
 */
export class OriginPolicy {
  private readonly trusted: ReadonlySet<string>;

  constructor({ publicUrl, CORS_ORIGINS }: Pick<Settings, 'publicUrl' | 'CORS_ORIGINS'>) {
    this.trusted = new Set([publicUrl, ...CORS_ORIGINS].map((url) => new URL(url).origin));
  }

  /** Whether a foreign page sent the request, and it changes state. */
  isForeignChange(request: IncomingMessage): boolean {
    return !SAFE_METHODS.includes(request.method!) && this.isForeign(request);
  }

  /** Whether a foreign page sent the request. */
  isForeign({ headers }: IncomingMessage): boolean {
    const { origin } = headers;
    const site = headers['sec-fetch-site'];
    if (site === 'same-origin' || site === 'none') return false;
    if (origin === undefined) return site !== undefined;
    if (this.trusted.has(origin)) return false;
    return site !== undefined || !isNearby(origin, headers.host);
  }
}

/** Whether an origin is that of the server, by its Host header, or on the user's machine. */
function isNearby(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false; // `null`, the origin of sandboxed pages and of files, or malformed
  const { hostname, protocol, host: originHost } = new URL(origin);
  if (LOOPBACK.includes(hostname)) return true;
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === originHost;
}

export const foreignPage = () =>
  new HttpInputError(403, 'csrf_failed', 'The request comes from a page of another site.');

/** Rejects state-changing requests of foreign pages on routes without a session. Routes with a session have their own guard. */
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
