import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { UsersService } from '../users/index.js';
import { type Actor, requireService } from './actor.js';
import { AuditLogService } from './audit-log.service.js';
import { SessionsService, type SessionToken } from './sessions.service.js';

/** The default lifetime of a session. */
const LIFETIME_MS = 7 * 86_400_000;

/** Operations of services on the sessions of people. */
@Injectable()
export class SessionAdministrationService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly audit: AuditLogService,
    private readonly database: Database,
  ) {}

  /** Revokes all sessions of a user, and records it in the audit log. @throws DomainError not_found `user.not_found` */
  async revokeAll(actor: Actor, userId: string): Promise<void> {
    requireService(actor);
    await this.database.transaction(async () => {
      await this.sessions.revokeAll(actor, userId);
      await this.audit.record(actor, 'user.sessions_revoked', userId);
    });
  }

  /**
   * Opens a session for a person.
   *
   * @throws DomainError not_found `user.not_found`, also for a bot; forbidden `user.deactivated`; invalid
   *   `session.expires_too_late`
   */
  async open(actor: Actor, userId: string, expiresAt = new Date(Date.now() + LIFETIME_MS)): Promise<SessionToken> {
    requireService(actor);
    return this.sessions.openUntil(await this.users.getActivePerson(userId), expiresAt);
  }
}
