import { Injectable } from '@nestjs/common';
import type { MessageEntity } from '../../../messages/index.js';
import { ToolCallsRepository } from '../tools/tool-calls.repository.js';
import { type ToolRound, toRounds } from '../tools/tool-rounds.js';
import type { PromptInput } from './conversation-loader.js';

/** Loads the tool rounds of the replies of a bot. */
@Injectable()
export class ToolRoundsLoader {
  constructor(private readonly calls: ToolCallsRepository) {}

  /**
   * @returns by message id. Empty if the bot has no tools: not every server accepts calls without tool definitions
   */
  async load({ bot, ai }: PromptInput, messages: readonly MessageEntity[]): Promise<Map<string, readonly ToolRound[]>> {
    const replies = messages.flatMap(({ id, senderId, extras }) =>
      senderId === bot.id && extras?.draftId ? [{ id, runId: extras.draftId }] : [],
    );
    if (replies.length === 0 || !ai.tools?.length) return new Map();
    const calls = await this.calls.listByReplies(replies.map(({ runId }) => runId));
    return new Map(
      replies.flatMap(({ id, runId }) => {
        const rounds = toRounds(calls.filter(({ lastRunId }) => lastRunId === runId));
        return rounds.length > 0 ? [[id, rounds] as const] : [];
      }),
    );
  }
}
