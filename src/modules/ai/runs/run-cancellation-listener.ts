import { Injectable } from '@nestjs/common';
import { Database, settleAll } from '../../../core/database/database.js';
import { OnDomainEvent } from '../../../core/events/on-domain-event.decorator.js';
import { BotDisabled, EndpointRemoving } from '../../bots/index.js';
import { ChatCleared, MembersLeft } from '../../chats/index.js';
import { MessagesEdited, MessagesRemoved } from '../../messages/index.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import { AiRunsService } from './ai-runs.service.js';
import { PartialReplyRecorder } from './partial-reply-recorder.js';
import { StopNotifier } from './stop-notifier.js';
import { ToolCallsRepository } from '../generation/tools/tool-calls.repository.js';

/**
 * Stops runs when their trigger is deleted or edited, and when their bot leaves, is disabled or loses its AI settings. Runs in the
 * transaction of the event.
 */
@Injectable()
export class RunCancellationListener {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly toolCalls: ToolCallsRepository,
    private readonly service: AiRunsService,
    private readonly stopNotifier: StopNotifier,
    private readonly partialReplies: PartialReplyRecorder,
    private readonly database: Database,
  ) {}

  @OnDomainEvent(MessagesRemoved, 'in-transaction')
  async stopForRemoved({ messages }: MessagesRemoved): Promise<void> {
    const ids = messages.map(({ id }) => id);
    const chatIds = [...new Set(messages.map(({ chatId }) => chatId))];
    const [stopped] = await settleAll([
      this.runs.stopByTriggers(ids, 'trigger_removed'),
      this.runs.eraseDebug(ids, chatIds),
      this.toolCalls.erase(ids, chatIds),
    ]);
    this.notify(stopped);
  }

  @OnDomainEvent(ChatCleared, 'in-transaction')
  async stopForCleared({ chatId, untilSeq }: ChatCleared): Promise<void> {
    this.notify(await this.runs.stopUpTo(chatId, untilSeq, 'trigger_removed'));
  }

  /** Restarts recent active runs. Queued runs read the new text anyway. */
  @OnDomainEvent(MessagesEdited, 'in-transaction')
  async restartForEdited({ messages }: MessagesEdited): Promise<void> {
    const stopped = await this.runs.stopRecentByTriggers(
      messages.map(({ id }) => id),
      'trigger_edited',
    );
    for (const run of stopped) await this.service.createNextAttempt(run);
    this.notify(stopped);
  }

  @OnDomainEvent(MembersLeft, 'in-transaction')
  async stopForLeft({ chatId, userIds }: MembersLeft): Promise<void> {
    const stopped = await settleAll(userIds.map((botId) => this.runs.stopByMember({ botId, chatId }, 'bot_left')));
    this.notify(stopped.flat());
  }

  @OnDomainEvent(BotDisabled, 'in-transaction')
  async stopForDisabled({ botId }: BotDisabled): Promise<void> {
    this.notify(await this.runs.stopByBot(botId, 'bot_disabled'));
  }

  @OnDomainEvent(EndpointRemoving, 'in-transaction')
  async stopForRemovedEndpoint({ botId, transport, isWithBot }: EndpointRemoving): Promise<void> {
    if (transport !== 'ai') return;
    const stopped = await this.runs.stopByBot(botId, 'ai_turned_off');
    if (isWithBot) await this.partialReplies.record(stopped);
    this.notify(stopped);
  }

  private notify(stopped: readonly { id: string }[]): void {
    if (stopped.length > 0) this.database.afterCommit(() => this.stopNotifier.notify(stopped));
  }
}
