import type { AuditEntryEntity } from '../../../modules/auth/index.js';
import type { ClientAuditEntryDto } from './administration.client.dto.js';

export const toClientAuditEntry = (entry: AuditEntryEntity): ClientAuditEntryDto => ({
  id: entry.id,
  timestamp: entry.at.getTime(),
  actor: entry.actorId,
  action: entry.action,
  subject: entry.subjectId,
  details: entry.details,
  requestId: entry.requestId,
});
