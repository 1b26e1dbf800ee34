import { Injectable } from '@nestjs/common';
import { Database } from '../../core/database/database.js';
import { UsersService } from '../users/index.js';
import { type Actor, requireOperator } from './actor.js';
import { AuditLogService } from './audit-log.service.js';
import { SessionsService } from './sessions.service.js';

/** What the admin of the server does with the sessions of people. */
@Injectable()
export class SessionAdministrationService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly audit: AuditLogService,
    private readonly database: Database,
  ) {}

  /** Ends all sessions of a user, and writes it down. @throws DomainError not_found `user.not_found` */
  async revokeAll(actor: Actor, userId: string): Promise<void> {
    requireOperator(actor);
    await this.database.transaction(async () => {
      await this.users.get(userId);
      await this.sessions.revokeAll(actor, userId);
      await this.audit.record(actor, 'user.sessions_revoked', userId);
    });
  }
}
