import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { currentRequestId } from '../../core/context/request-context.js';
import { Database, statement } from '../../core/database/database.js';
import { insertInto, insertValues } from '../../core/database/entity-columns.js';
import { type Actor, requireService } from './actor.js';
import { AuditEntryEntity } from './audit-entry.entity.js';

const INSERT = statement('audit_log.insert', insertInto('audit_log', AuditEntryEntity));

/** Records the operations of service credentials. Entries are append-only. */
@Injectable()
export class AuditLogService {
  constructor(private readonly database: Database) {}

  /** Adds an entry in the transaction of the operation. */
  async record(
    actor: Actor,
    action: string,
    subjectId = '',
    details: Record<string, string | number | boolean> = {},
  ): Promise<void> {
    const requestId = currentRequestId() ?? '';
    const entry = { id: newId(), at: new Date(), actorId: actor.id, action, subjectId, details, requestId };
    await this.database.query(INSERT, insertValues(AuditEntryEntity, entry));
  }

  /** Lists entries, newest first. @param before only entries older than the entry with this id */
  async list(actor: Actor, limit: number, before?: string): Promise<AuditEntryEntity[]> {
    requireService(actor);
    const query = this.database.manager
      .createQueryBuilder(AuditEntryEntity, 'entry')
      .orderBy('entry.at', 'DESC')
      .addOrderBy('entry.id', 'DESC')
      .limit(limit);
    if (before) {
      query.where('(entry.at, entry.id) < (SELECT last.at, last.id FROM audit_log last WHERE last.id = :before)', {
        before,
      });
    }
    return query.getMany();
  }
}
