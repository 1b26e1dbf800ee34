import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database } from '../../core/database/database.js';
import { BellRinger } from '../../core/queue/bell-ringer.js';
import { type Actor, requireOperator } from '../auth/index.js';
import { type ChatEntity, ChatsService } from '../chats/index.js';
import type { MessageEntity } from '../messages/index.js';
import { nothingToRepeat, runNotFound, runUnderWay } from './ai.errors.js';
import { AI_RUN_BELL } from './ai.queues.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { AiRunsRepository, type RunFilter, type RunKey } from './ai-runs.repository.js';
import { NoticeSender } from './notice-sender.js';
import { NOTICES } from './notices.js';
import { StopHints } from './stop-hints.js';

/** Questions that may wait in a group while another one is answered. */
const MAX_QUEUED = 5;

const UNDER_WAY: readonly string[] = ['queued', 'building', 'requesting', 'streaming'];

/** The answers of models: asked for, stopped, asked for anew, and looked at. How one is made is the worker's affair. */
@Injectable()
export class AiRunsService {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly chats: ChatsService,
    private readonly notices: NoticeSender,
    private readonly hints: StopHints,
    private readonly ringer: BellRinger,
    private readonly database: Database,
  ) {}

  /**
   * Asks for an answer to a message, once: for the same message there is no second run. In a chat of two a new question breaks off
   * the answer to the one before, and is answered with it; in groups questions wait for their turn, five of them at most.
   */
  async ask(botId: string, chat: ChatEntity, message: MessageEntity): Promise<void> {
    const key: RunKey = { botId, chatId: chat.id };
    await this.database.transaction(async () => {
      const isFull = chat.kind !== 'personal' && (await this.runs.countQueued(key)) >= MAX_QUEUED;
      const run = {
        ...key,
        id: newId(),
        triggerId: message.id,
        triggerSeq: message.seq,
        attempt: 1,
        userId: message.senderId ?? '',
        state: isFull ? ('blocked' as const) : ('queued' as const),
        reason: isFull ? 'busy' : '',
      };
      if (!(await this.runs.insert(run))) return;
      if (isFull) await this.notices.send(run, NOTICES.busy);
      if (chat.kind === 'personal') await this.stopOlder(key, message.seq);
    });
    this.ring(key);
  }

  /** Breaks off what a model is saying in a chat, and what it was to say. @returns how many answers. @throws as `ChatsService.getFor` */
  async cancel(actor: Actor, chatId: string): Promise<number> {
    await this.chats.getFor(actor, chatId);
    const stopped = await this.runs.stopInChat(chatId, null, 'stopped', actor.id);
    this.hints.tell(stopped);
    return stopped.length;
  }

  /**
   * Asks for another answer to the last question of a chat. It takes the place of the one before.
   *
   * @throws DomainError not_found `ai.nothing_to_repeat`; conflict `ai.run_under_way`; as `ChatsService.getFor`
   */
  async repeat(actor: Actor, chatId: string): Promise<AiRunEntity> {
    await this.chats.getFor(actor, chatId);
    const last = await this.runs.latest(chatId);
    if (!last) throw nothingToRepeat();
    if (UNDER_WAY.includes(last.state)) throw runUnderWay();
    const { botId, triggerId, triggerSeq } = last;
    const id = newId();
    const userId = actor.kind === 'person' ? actor.id : last.userId;
    const next = { id, botId, chatId, triggerId, triggerSeq, attempt: last.attempt + 1, userId };
    if (!(await this.runs.insert({ ...next, state: 'queued', reason: '' }))) throw runUnderWay();
    this.ring({ botId, chatId });
    return this.get(actor, id);
  }

  /** @throws DomainError not_found `ai.run_not_found` */
  async get(actor: Actor, id: string): Promise<AiRunEntity> {
    const run = await this.runs.find(id);
    if (!run) throw runNotFound();
    await this.chats.getFor(actor, run.chatId);
    return run;
  }

  /** Newest first. */
  list(actor: Actor, filter: RunFilter): Promise<AiRunEntity[]> {
    requireOperator(actor);
    return this.runs.list(filter);
  }

  /** Calls for a worker, once the transaction is committed. */
  ring({ botId, chatId }: RunKey): void {
    this.database.afterCommit(() => this.ringer.ring(AI_RUN_BELL, `${botId}:${chatId}`, { botId, chatId }));
  }

  private async stopOlder(key: RunKey, seq: number): Promise<void> {
    const stopped = await this.runs.stop(key, 'superseded', '', seq);
    this.database.afterCommit(() => this.hints.tell(stopped));
  }
}
