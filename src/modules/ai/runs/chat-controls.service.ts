import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { columnList } from '../../../core/database/entity-columns.js';
import { type Actor, AuditLogService, requireService } from '../../auth/index.js';
import { ChatsService } from '../../chats/index.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import { AiChatControlEntity } from './chat-control.entity.js';
import { StopNotifier } from './stop-notifier.js';

const ACQUIRE = statement(
  'ai_chat_controls.acquire',
  `INSERT INTO ai_chat_controls (chat_id, taken_by, until) VALUES ($1, $2, now() + $3 * interval '1 minute')
   ON CONFLICT (chat_id) DO UPDATE SET taken_by = excluded.taken_by, until = excluded.until
   RETURNING ${columnList(AiChatControlEntity)}`,
);
const RELEASE = statement('ai_chat_controls.release', 'DELETE FROM ai_chat_controls WHERE chat_id = $1');
const FIND = statement(
  'ai_chat_controls.find',
  `SELECT ${columnList(AiChatControlEntity)} FROM ai_chat_controls WHERE chat_id = $1 AND until > now()`,
);

/** Hands chats over to humans for a limited time. */
@Injectable()
export class ChatControlsService {
  constructor(
    private readonly chats: ChatsService,
    private readonly runs: AiRunsRepository,
    private readonly stopNotifier: StopNotifier,
    private readonly audit: AuditLogService,
    private readonly database: Database,
  ) {}

  /**
   * Hands the chat over to a human. Active runs stop; text that was already shown stays as an interrupted reply.
   *
   * @throws DomainError not_found `chat.not_found`
   */
  async acquire(actor: Actor, chatId: string, minutes: number): Promise<AiChatControlEntity> {
    requireService(actor);
    await this.chats.get(chatId);
    const control = await this.database.transaction(async () => {
      const [row] = await this.database.query<AiChatControlEntity>(ACQUIRE, [chatId, actor.id, minutes]);
      await this.audit.record(actor, 'chat.control_taken', chatId, { minutes });
      return row;
    });
    // After the commit: earlier runs are found here, and later ones read the control.
    this.stopNotifier.notify(await this.runs.stopInChat(chatId, 'human_in_control', actor.id));
    return control;
  }

  /** Hands the chat back: AI bots reply to messages from now on. @throws DomainError not_found `chat.not_found` */
  async release(actor: Actor, chatId: string): Promise<void> {
    requireService(actor);
    await this.chats.get(chatId);
    await this.database.transaction(async () => {
      await this.database.query(RELEASE, [chatId]);
      await this.audit.record(actor, 'chat.control_returned', chatId);
    });
  }

  /** @returns undefined if no human has control */
  async find(chatId: string): Promise<AiChatControlEntity | undefined> {
    const [control] = await this.database.query<AiChatControlEntity>(FIND, [chatId]);
    return control;
  }
}
