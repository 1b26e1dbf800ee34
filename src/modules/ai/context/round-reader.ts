import { Injectable } from '@nestjs/common';
import type { MessageEntity } from '../../messages/index.js';
import { ToolCallsRepository } from '../tools/tool-calls.repository.js';
import { type ToolRound, toRounds } from '../tools/tool-rounds.js';
import type { PromptScene } from './conversation.reader.js';

/** Reads what tools have said for the answers of a bot. */
@Injectable()
export class RoundReader {
  constructor(private readonly calls: ToolCallsRepository) {}

  /**
   * @returns by the ids of the messages; nothing of those that were made without tools, or where the bot has none any more: not every
   *   server takes calls without tools
   */
  async read({ bot, ai }: PromptScene, messages: readonly MessageEntity[]): Promise<Map<string, readonly ToolRound[]>> {
    const answers = messages.flatMap(({ id, senderId, extras }) =>
      senderId === bot.id && extras?.draftId ? [{ id, runId: extras.draftId }] : [],
    );
    if (answers.length === 0 || !ai.tools?.length) return new Map();
    const calls = await this.calls.ofAnswers(answers.map(({ runId }) => runId));
    return new Map(
      answers.flatMap(({ id, runId }) => {
        const rounds = toRounds(calls.filter(({ answerId }) => answerId === runId));
        return rounds.length > 0 ? [[id, rounds] as const] : [];
      }),
    );
  }
}
