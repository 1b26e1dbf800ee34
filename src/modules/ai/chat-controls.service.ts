import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { type Actor, AuditLogService, requireOperator } from '../auth/index.js';
import { ChatsService } from '../chats/index.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import type { AiChatControlEntity } from './chat-control.entity.js';
import { StopHints } from './stop-hints.js';

const TAKE = statement(
  'ai_chat_controls.take',
  `INSERT INTO ai_chat_controls (chat_id, taken_by, until) VALUES ($1, $2, now() + $3 * interval '1 minute')
   ON CONFLICT (chat_id) DO UPDATE SET taken_by = excluded.taken_by, until = excluded.until
   RETURNING chat_id AS "chatId", taken_by AS "takenBy", until`,
);
const GIVE_BACK = statement('ai_chat_controls.give_back', 'DELETE FROM ai_chat_controls WHERE chat_id = $1');
const FIND = statement(
  'ai_chat_controls.find',
  'SELECT chat_id AS "chatId", taken_by AS "takenBy", until FROM ai_chat_controls WHERE chat_id = $1 AND until > now()',
);

/** Humans who take a chat out of the hands of models, for a while. */
@Injectable()
export class ChatControlsService {
  constructor(
    private readonly chats: ChatsService,
    private readonly runs: AiRunsRepository,
    private readonly hints: StopHints,
    private readonly audit: AuditLogService,
    private readonly database: Database,
  ) {}

  /**
   * From now on no model says anything in the chat; what one has just said of an answer stays, as an interrupted one.
   *
   * @throws DomainError not_found `chat.not_found`
   */
  async take(actor: Actor, chatId: string, minutes: number): Promise<AiChatControlEntity> {
    requireOperator(actor);
    await this.chats.get(chatId);
    const control = await this.database.transaction(async () => {
      const [row] = await this.database.query<AiChatControlEntity>(TAKE, [chatId, actor.id, minutes]);
      await this.audit.record(actor, 'chat.control_taken', chatId, { minutes });
      return row;
    });
    // Behind the commit: a run that has not seen it has begun by now, and one that begins later sees it.
    this.hints.tell(await this.runs.stopInChat(chatId, 'human_in_control', actor.id));
    return control;
  }

  /** Models answer again: what is said from now on. @throws DomainError not_found `chat.not_found` */
  async giveBack(actor: Actor, chatId: string): Promise<void> {
    requireOperator(actor);
    await this.chats.get(chatId);
    await this.database.transaction(async () => {
      await this.database.query(GIVE_BACK, [chatId]);
      await this.audit.record(actor, 'chat.control_returned', chatId);
    });
  }

  /** @returns who has the chat in hand; undefined when models have */
  async find(chatId: string): Promise<AiChatControlEntity | undefined> {
    const [control] = await this.database.query<AiChatControlEntity>(FIND, [chatId]);
    return control;
  }
}
