import { Injectable } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { Database, isReferenceGone } from '../../core/database/database.js';
import { BellRinger } from '../../core/queue/bell-ringer.js';
import { type Actor, requireOperator } from '../auth/index.js';
import type { AiConcurrency, AiSettings, BotEntity } from '../bots/index.js';
import { type ChatEntity, ChatsService } from '../chats/index.js';
import type { MessageEntity } from '../messages/index.js';
import { nothingToContinue, nothingToRepeat, runNotFound, runUnderWay } from './ai.errors.js';
import { AI_RUN_BELL, AI_SUMMARY_BELL } from './ai.queues.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { AiRunsRepository, type RunFilter, type RunKey, type StoppedRun } from './ai-runs.repository.js';
import { NoticeSender } from './notices/notice-sender.js';
import { NOTICES } from './notices/notices.js';
import { StopHints } from './stop-hints.js';

/** Questions that may wait in a chat while another one is answered. */
const MAX_QUEUED = 5;

const UNDER_WAY: readonly string[] = ['queued', 'building', 'requesting', 'streaming'];

/** The answer of a run, or of another attempt at the same question; in a chat without one, that to its last question. */
export type WhichAnswer = { chatId: string; runId?: string } | { chatId?: undefined; runId: string };

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
   * Asks for an answer to a message, once: for the same message there is no second run. What becomes of it while another answer is
   * under way in the chat is the bot's to say (`AiConcurrency`).
   */
  async ask({ bot, ai }: { bot: BotEntity; ai: AiSettings }, chat: ChatEntity, message: MessageEntity): Promise<void> {
    const key: RunKey = { botId: bot.id, chatId: chat.id };
    const concurrency = ai.concurrency ?? (chat.kind === 'personal' ? 'interrupt' : 'queue');
    const { debounceMs: waitMs = 0 } = ai;
    const id = newId();
    const asking = this.database.transaction(async () => {
      const refusal = await this.refusal(key, concurrency);
      const run = {
        ...key,
        id,
        triggerId: message.id,
        triggerSeq: message.seq,
        attempt: 1,
        userId: message.senderId ?? '',
        line: concurrency === 'parallel' ? id : '',
        state: refusal ? ('blocked' as const) : ('queued' as const),
        reason: refusal ?? '',
        waitMs,
      };
      if (!(await this.runs.insert(run))) return;
      const notice = refusal === 'busy' ? await this.notices.send(run, NOTICES.busy) : undefined;
      if (notice) await this.runs.update(id, { messageId: notice.id });
      if (waitMs > 0 && !refusal) await this.runs.merge(key, run.userId, message.seq);
      if (concurrency === 'interrupt') await this.stopOlder(key, message.seq);
    });
    await asking.catch((error: unknown) => {
      // The bot or the chat was removed just now: nobody waits for an answer.
      if (!isReferenceGone(error)) throw error;
    });
    this.ring(key, waitMs);
  }

  /** Breaks off what a model is saying in a chat, and what it was to say. @returns how many answers. @throws as `ChatsService.getFor` */
  async cancel(actor: Actor, chatId: string): Promise<number> {
    await this.chats.getFor(actor, chatId);
    const stopped = await this.runs.stopInChat(chatId, 'stopped', actor.id);
    this.hints.tell(stopped);
    return stopped.length;
  }

  /**
   * Asks for another answer to a question. It takes the place of the one before, or of the notice that there was none.
   *
   * @throws DomainError not_found `ai.nothing_to_repeat`, `ai.run_not_found`; conflict `ai.run_under_way`; as `ChatsService.getFor`
   */
  async repeat(actor: Actor, which: WhichAnswer): Promise<AiRunEntity> {
    return this.askAnew(actor, await this.lastAttempt(actor, which), false);
  }

  /**
   * Asks for the rest of an answer that was cut off or interrupted. Both together take its place.
   *
   * @throws DomainError conflict `ai.nothing_to_continue`; as `repeat`
   */
  async goOn(actor: Actor, which: WhichAnswer): Promise<AiRunEntity> {
    const last = await this.lastAttempt(actor, which);
    const isCut = last.state === 'interrupted' || (last.state === 'completed' && last.finishReason === 'length');
    if (!isCut || !last.messageId) throw nothingToContinue();
    return this.askAnew(actor, last, true);
  }

  /** Asks for another answer to the same message. @returns its id; undefined when somebody else has asked for it just now */
  async askAgain(last: StoppedRun, isContinued = false): Promise<string | undefined> {
    const { botId, chatId, triggerId, triggerSeq, userId } = last;
    const id = newId();
    const line = last.line && id;
    const next = { id, botId, chatId, triggerId, triggerSeq, userId, line, attempt: last.attempt + 1 };
    if (!(await this.runs.insert({ ...next, state: 'queued', reason: '', waitMs: 0, isContinued }))) return undefined;
    this.ring({ botId, chatId });
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
    requireOperator(actor);
    return this.runs.list(filter);
  }

  /** Calls for a worker, once the transaction is committed. @param waitMs no sooner than after so many milliseconds */
  ring({ botId, chatId }: RunKey, waitMs = 0): void {
    const ring = () => this.ringer.ring(AI_RUN_BELL, `${botId}:${chatId}`, { botId, chatId });
    // Should this process end before, the sweeper of another one finds what is due.
    this.database.afterCommit(() => void (waitMs > 0 ? setTimeout(ring, waitMs).unref() : ring()));
  }

  /** Calls for a worker that looks whether there is something to remember. Lost bells are rung again behind the next answer. */
  remember({ botId, chatId }: RunKey): void {
    this.ringer.ring(AI_SUMMARY_BELL, `${botId}:${chatId}`, { botId, chatId });
  }

  /** @throws DomainError conflict `ai.run_under_way`; as `repeat` */
  private async lastAttempt(actor: Actor, { chatId, runId }: WhichAnswer): Promise<AiRunEntity> {
    if (chatId !== undefined) await this.chats.getFor(actor, chatId);
    const run = runId === undefined ? await this.runs.latest(chatId!) : await this.runs.find(runId);
    if (!run) throw runId === undefined ? nothingToRepeat() : runNotFound();
    if (chatId === undefined) await this.chats.getFor(actor, run.chatId);
    else if (run.chatId !== chatId) throw runNotFound();
    const [last = run] = await this.runs.ofTrigger(run.botId, run.triggerId);
    if (UNDER_WAY.includes(last.state)) throw runUnderWay();
    return last;
  }

  private async askAnew(actor: Actor, last: AiRunEntity, isContinued: boolean): Promise<AiRunEntity> {
    const userId = actor.kind === 'person' ? actor.id : last.userId;
    const id = await this.askAgain({ ...last, userId }, isContinued);
    if (id === undefined) throw runUnderWay();
    return this.get(actor, id);
  }

  /** @returns why this question is not answered */
  private async refusal(key: RunKey, concurrency: AiConcurrency): Promise<string | undefined> {
    if (concurrency !== 'queue' && concurrency !== 'drop') return undefined;
    const { open, queued } = await this.runs.countOpen(key);
    if (concurrency === 'drop') return open > 0 ? 'dropped' : undefined;
    return queued >= MAX_QUEUED ? 'busy' : undefined;
  }

  private async stopOlder(key: RunKey, seq: number): Promise<void> {
    const stopped = await this.runs.stopOlder(key, 'superseded', seq);
    this.database.afterCommit(() => this.hints.tell(stopped));
  }
}
