import { Body, HttpCode, Param, Post } from '@nestjs/common';
import { RequestAborted } from '../../../../core/http/request-aborted.decorator.js';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { StatelessRepliesService } from '../../generation/stateless-replies.service.js';
import { PlatformGeneratedReplyDto, PlatformGenerateReplyDto } from './replies.platform.dto.js';

const CONVERSATIONS: Record<string, PlatformGenerateReplyDto> = {
  'A question': { messages: [{ role: 'user', content: 'What is the capital of France?' }] },
};

@PlatformController('bots', 'Bots')
export class RepliesPlatformController {
  constructor(private readonly replies: StatelessRepliesService) {}

  /**
   * Generate an AI reply
   *
   * @remarks Generates a reply of an AI bot to the conversation in the request. Nothing is stored or sent to a channel. The tokens count
   * toward the budget of the bot; its tools are not called. The response waits for the model.
   */
  @Post(':bot_userid/ai_chatbot_replies')
  @PlatformScope('messages:write')
  @HttpCode(200)
  @PlatformParam('bot_userid', 'The AI bot.', 'weather_bot')
  @PlatformBody(PlatformGenerateReplyDto, CONVERSATIONS)
  async generateAiReply(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Body() { messages }: PlatformGenerateReplyDto,
    @RequestAborted() aborted: AbortSignal,
  ): Promise<PlatformGeneratedReplyDto> {
    return { reply_messages: [await this.replies.generate(actor, botId, messages, aborted)] };
  }
}
