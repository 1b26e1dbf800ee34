import { Injectable } from '@nestjs/common';
import { newId } from '../../../core/crypto/ids.js';
import { Database, isForeignKeyViolation } from '../../../core/database/database.js';
import { WakeupPublisher } from '../../../core/queue/wakeup-publisher.js';
import { type Actor, requireService } from '../../auth/index.js';
import type { AiConcurrency, AiSettings, BotEntity } from '../../bots/index.js';
import { type ChatEntity, ChatsService } from '../../chats/index.js';
import type { MessageEntity } from '../../messages/index.js';
import { nothingToContinue, nothingToRepeat, runNotFound, runUnderWay } from '../ai.errors.js';
import { AI_RUN_WAKEUP, AI_SUMMARY_WAKEUP, type BotChatKey } from '../ai.queues.js';
import { type AiRunEntity, isOpen } from './ai-run.entity.js';
import { AiRunsRepository, type RunFilter, type StoppedRun } from './ai-runs.repository.js';
import { NoticeSender } from './notices/notice-sender.js';
import { NOTICES } from './notices/notices.js';
import { StopNotifier } from './stop-notifier.js';

/** Runs that may be queued in a chat. */
const MAX_QUEUED = 5;

/** Selects the reply of a run, or of a later attempt for the same trigger. Without a run: the reply to the last trigger of the chat. */
export type ReplySelector = { chatId: string; runId?: string } | { chatId?: undefined; runId: string };

/** Requests, stops, regenerates and shows runs. The worker processes them. */
@Injectable()
export class AiRunsService {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly chats: ChatsService,
    private readonly notices: NoticeSender,
    private readonly stopNotifier: StopNotifier,
    private readonly wakeups: WakeupPublisher,
    private readonly database: Database,
  ) {}

  /**
   * Creates the run for a message. Idempotent. The concurrency setting of the bot (`AiConcurrency`) decides what happens while another
   * run is open in the chat.
   */
  async requestReply(
    { bot, ai }: { bot: BotEntity; ai: AiSettings },
    chat: ChatEntity,
    message: MessageEntity,
  ): Promise<void> {
    const key: BotChatKey = { botId: bot.id, chatId: chat.id };
    const concurrency = ai.concurrency ?? (chat.kind === 'personal' ? 'interrupt' : 'queue');
    const { debounceMs: delayMs = 0 } = ai;
    const id = newId();
    const creation = this.database.transaction(async () => {
      const blockReason = await this.findBlockReason(key, concurrency);
      const run = {
        ...key,
        id,
        triggerId: message.id,
        triggerSeq: message.seq,
        attempt: 1,
        userId: message.senderId ?? '',
        orderingKey: concurrency === 'parallel' ? id : '',
        state: blockReason ? ('blocked' as const) : ('queued' as const),
        reason: blockReason ?? '',
        delayMs,
      };
      if (!(await this.runs.insert(run))) return;
      const notice = blockReason === 'busy' ? await this.notices.send(run, NOTICES.busy) : undefined;
      if (notice) await this.runs.update(id, { messageId: notice.id });
      if (delayMs > 0 && !blockReason) await this.runs.mergeQueued(key, run.userId, message.seq);
      if (concurrency === 'interrupt') await this.stopOlder(key, message.seq);
    });
    await creation.catch((error: unknown) => {
      // The bot or the chat was deleted concurrently; no reply is needed.
      if (!isForeignKeyViolation(error)) throw error;
    });
    this.enqueue(key, delayMs);
  }

  /** Stops the open runs of a chat. @returns how many. @throws as `ChatsService.getFor` */
  async cancel(actor: Actor, chatId: string): Promise<number> {
    await this.chats.getFor(actor, chatId);
    const stopped = await this.runs.stopInChat(chatId, 'stopped', actor.id);
    this.stopNotifier.notify(stopped);
    return stopped.length;
  }

  /**
   * Requests another reply to the same message. It replaces the previous reply or notice.
   *
   * @throws DomainError not_found `ai.nothing_to_repeat`, `ai.run_not_found`; conflict `ai.run_under_way`; as `ChatsService.getFor`
   */
  async regenerate(actor: Actor, which: ReplySelector): Promise<AiRunEntity> {
    return this.startAttempt(actor, await this.lastAttempt(actor, which), false);
  }

  /**
   * Requests the rest of a reply that was truncated or interrupted. The message is edited to hold both parts.
   *
   * @throws DomainError conflict `ai.nothing_to_continue`; as `repeat`
   */
  async continueReply(actor: Actor, which: ReplySelector): Promise<AiRunEntity> {
    const last = await this.lastAttempt(actor, which);
    const isIncomplete = last.state === 'interrupted' || (last.state === 'completed' && last.finishReason === 'length');
    if (!isIncomplete || !last.messageId) throw nothingToContinue();
    return this.startAttempt(actor, last, true);
  }

  /** Creates another attempt. @returns its id; undefined if it was created concurrently */
  async createNextAttempt(last: StoppedRun, isContinued = false): Promise<string | undefined> {
    const { botId, chatId, triggerId, triggerSeq, userId } = last;
    const id = newId();
    const orderingKey = last.orderingKey && id;
    const next = { id, botId, chatId, triggerId, triggerSeq, userId, orderingKey, attempt: last.attempt + 1 };
    if (!(await this.runs.insert({ ...next, state: 'queued', reason: '', delayMs: 0, isContinued }))) return undefined;
    this.enqueue({ botId, chatId });
    return id;
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
    requireService(actor);
    return this.runs.list(filter);
  }

  /** Enqueues a wake-up after the commit. @param delayMs delay in milliseconds */
  enqueue({ botId, chatId }: BotChatKey, delayMs = 0): void {
    const send = () => this.wakeups.enqueue(AI_RUN_WAKEUP, `${botId}:${chatId}`, { botId, chatId });
    // If this process ends before, the sweeper finds the run.
    this.database.afterCommit(() => void (delayMs > 0 ? setTimeout(send, delayMs).unref() : send()));
  }

  /** Enqueues a wake-up that checks the chat summary. A lost one is repeated after the next reply. */
  enqueueSummary({ botId, chatId }: BotChatKey): void {
    this.wakeups.enqueue(AI_SUMMARY_WAKEUP, `${botId}:${chatId}`, { botId, chatId });
  }

  /** @throws DomainError conflict `ai.run_under_way`; as `repeat` */
  private async lastAttempt(actor: Actor, { chatId, runId }: ReplySelector): Promise<AiRunEntity> {
    if (chatId !== undefined) await this.chats.getFor(actor, chatId);
    const run = runId === undefined ? await this.runs.findLatest(chatId!) : await this.runs.find(runId);
    if (!run) throw runId === undefined ? nothingToRepeat() : runNotFound();
    if (chatId === undefined) await this.chats.getFor(actor, run.chatId);
    else if (run.chatId !== chatId) throw runNotFound();
    const [last = run] = await this.runs.listByTrigger(run.botId, run.triggerId);
    if (isOpen(last.state)) throw runUnderWay();
    return last;
  }

  private async startAttempt(actor: Actor, last: AiRunEntity, isContinued: boolean): Promise<AiRunEntity> {
    const userId = actor.kind === 'user' ? actor.id : last.userId;
    const id = await this.createNextAttempt({ ...last, userId }, isContinued);
    if (id === undefined) throw runUnderWay();
    return this.get(actor, id);
  }

  /** @returns why the message gets no reply, if so */
  private async findBlockReason(key: BotChatKey, concurrency: AiConcurrency): Promise<string | undefined> {
    if (concurrency !== 'queue' && concurrency !== 'drop') return undefined;
    const { open, queued } = await this.runs.countOpen(key);
    if (concurrency === 'drop') return open > 0 ? 'dropped' : undefined;
    return queued >= MAX_QUEUED ? 'busy' : undefined;
  }

  private async stopOlder(key: BotChatKey, seq: number): Promise<void> {
    const stopped = await this.runs.stopOlder(key, 'superseded', seq);
    this.database.afterCommit(() => this.stopNotifier.notify(stopped));
  }
}
