import { Injectable } from '@nestjs/common';
import { Database, together } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { BotDisabled, EndpointRemoving } from '../bots/index.js';
import { ChatCleared, MembersLeft } from '../chats/index.js';
import { MessagesEdited, MessagesRemoved } from '../messages/index.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import { AiRunsService } from './ai-runs.service.js';
import { LastWords } from './last-words.js';
import { StopHints } from './stop-hints.js';
import { ToolCallsRepository } from './tools/tool-calls.repository.js';

/**
 * Stops answers to what was taken back or said in other words, and those of bots that have left, are disabled, or have no model any
 * more. In the same transaction.
 */
@Injectable()
export class RunListener {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly toolCalls: ToolCallsRepository,
    private readonly service: AiRunsService,
    private readonly hints: StopHints,
    private readonly lastWords: LastWords,
    private readonly database: Database,
  ) {}

  @OnDomainEvent(MessagesRemoved, 'in-transaction')
  async forget({ messages }: MessagesRemoved): Promise<void> {
    const ids = messages.map(({ id }) => id);
    const chatIds = [...new Set(messages.map(({ chatId }) => chatId))];
    const [stopped] = await together([
      this.runs.stopByTriggers(ids, 'trigger_removed'),
      this.runs.erase(ids, chatIds),
      this.toolCalls.erase(ids, chatIds),
    ]);
    this.tell(stopped);
  }

  @OnDomainEvent(ChatCleared, 'in-transaction')
  async forgetCleared({ chatId, untilSeq }: ChatCleared): Promise<void> {
    this.tell(await this.runs.stopCleared(chatId, untilSeq, 'trigger_removed'));
  }

  /** An answer that is just being given is given anew; one that waits reads the new words anyway. */
  @OnDomainEvent(MessagesEdited, 'in-transaction')
  async askAnew({ messages }: MessagesEdited): Promise<void> {
    const stopped = await this.runs.stopYoungByTriggers(
      messages.map(({ id }) => id),
      'trigger_edited',
    );
    for (const run of stopped) await this.service.askAgain(run);
    this.tell(stopped);
  }

  @OnDomainEvent(MembersLeft, 'in-transaction')
  async stopLeavers({ chatId, userIds }: MembersLeft): Promise<void> {
    const stopped = await together(userIds.map((botId) => this.runs.stopOfMember({ botId, chatId }, 'bot_left')));
    this.tell(stopped.flat());
  }

  @OnDomainEvent(BotDisabled, 'in-transaction')
  async stopDisabled({ botId }: BotDisabled): Promise<void> {
    this.tell(await this.runs.stopOfBot(botId, 'bot_disabled'));
  }

  @OnDomainEvent(EndpointRemoving, 'in-transaction')
  async stopTurnedOff({ botId, transport, isWithBot }: EndpointRemoving): Promise<void> {
    if (transport !== 'ai') return;
    const stopped = await this.runs.stopOfBot(botId, 'ai_turned_off');
    if (isWithBot) await this.lastWords.keep(stopped);
    this.tell(stopped);
  }

  private tell(stopped: readonly { id: string }[]): void {
    if (stopped.length > 0) this.database.afterCommit(() => this.hints.tell(stopped));
  }
}
