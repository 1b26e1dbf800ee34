import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database, settleAll, statement } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import type { DeletionTask } from '../../core/deletion/deletion-tasks.js';
import { toUserDeletion } from '../../core/deletion/user-deletion.js';
import { DomainEvents } from '../../core/events/domain-events.js';
import { UsersService } from '../users/index.js';
import { type Actor, canActAs, requireService } from './actor.js';
import { AccountDeleted, AccountErased } from './auth.events.js';

const REPLACE_SUBJECT = statement(
  'audit_log.replace_subject',
  `UPDATE audit_log SET subject_id = $2
   WHERE id = ANY(ARRAY(SELECT id FROM audit_log WHERE subject_id = $1 AND at <= $3 LIMIT $4)) RETURNING 1`,
);

/** Deletes accounts of people. */
@Injectable()
export class AccountDeletionService {
  constructor(
    private readonly users: UsersService,
    private readonly events: DomainEvents,
    private readonly database: Database,
  ) {}

  /**
   * Deletes a person. Its messages stay.
   *
   * @throws DomainError not_found `user.not_found`, also for a bot; forbidden `auth.operator_only` unless the actor is a service
   */
  async delete(actor: Actor, userId: string): Promise<void> {
    requireService(actor);
    await this.database.transaction(() =>
      settleAll([this.users.deletePerson(userId), this.events.publish(new AccountDeleted(userId, actor))]),
    );
  }

  /**
   * Deletes a person with its content, and ends its sessions. Readers stop seeing the content at once; workers delete the rows and the
   * files. The audit log keeps an entry under a pseudonymous id.
   *
   * @throws DomainError not_found `user.not_found`, also for a bot; forbidden unless the actor is a service or the person
   */
  async erase(actor: Actor, userId: string): Promise<void> {
    const isOwn = canActAs(actor, userId) && actor.kind === 'user';
    if (!isOwn) requireService(actor);
    const replacementId = `erased-${newId()}`;
    await this.database.transaction(async () => {
      await this.users.endSessions(userId);
      await this.users.deletePerson(userId, replacementId);
      await this.events.publish(new AccountErased(replacementId, actor));
    });
  }

  @DeleteWith('erasure')
  async anonymizeAuditLog(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let count = 0;
    for (const task of tasks) {
      const { userId, replacementId, until } = toUserDeletion(task);
      count += (await this.database.query(REPLACE_SUBJECT, [userId, replacementId, until, limit])).length;
    }
    return count;
  }
}
