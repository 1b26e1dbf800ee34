import { Injectable } from '@nestjs/common';
import { parse } from 'cookie';
import type { Request, Response } from 'express';
import { Settings } from '../../core/config/settings.js';
import { isOutage } from '../../core/database/outage.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { type Session, SessionsService, type SessionToken } from '../../modules/auth/index.js';

export const SESSION_COOKIE = 'token';

/** The session cookie: HttpOnly and SameSite=Lax. */
@Injectable()
export class SessionCookie {
  private readonly attributes: string;

  constructor(
    private readonly sessions: SessionsService,
    settings: Settings,
  ) {
    const secure = settings.publicUrl.startsWith('https:') ? '; Secure' : '';
    this.attributes = `; Path=/; HttpOnly; SameSite=Lax${secure}`;
  }

  /** @throws DomainError unauthenticated `session.invalid` */
  read(request: Request): Promise<Session> {
    return this.sessions.verify(readCookie(request.headers.cookie, SESSION_COOKIE));
  }

  /** Whether the session is still valid. During a database outage it is. */
  async isValid(request: Request): Promise<boolean> {
    try {
      await this.read(request);
      return true;
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'unauthenticated') return false;
      if (isOutage(error)) return true;
      throw error;
    }
  }

  /** Deletes the cookie. */
  clear(response: Response): void {
    response.setHeader('set-cookie', `${SESSION_COOKIE}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT${this.attributes}`);
  }

  /** Starts a session and sets the cookie. */
  open(response: Response, user: Parameters<SessionsService['open']>[0]): void {
    this.write(response, this.sessions.open(user));
  }

  /** Renews the full lifetime of the session. */
  renew(response: Response, session: Session): void {
    this.write(response, this.sessions.renew(session));
  }

  private write(response: Response, { token, expiresAt }: SessionToken): void {
    const cookie = `${SESSION_COOKIE}=${token}; Expires=${expiresAt.toUTCString()}${this.attributes}`;
    response.setHeader('set-cookie', cookie);
  }
}

/** @returns the first cookie of that name in a `Cookie` header */
export const readCookie = (header: string | undefined, name: string): string | undefined =>
  header === undefined ? undefined : parse(header)[name];
