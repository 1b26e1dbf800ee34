import { Body, HttpCode, Param, Post } from '@nestjs/common';
import { HungUp } from '../../../../core/http/hung-up.decorator.js';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { StatelessReplies } from '../../stateless-replies.js';
import { PlatformGeneratedReplyDto, PlatformGenerateReplyDto } from './replies.platform.dto.js';

const CONVERSATIONS: Record<string, PlatformGenerateReplyDto> = {
  'A question': { messages: [{ role: 'user', content: 'What is the capital of France?' }] },
};

@PlatformController('bots', 'Bots')
export class RepliesPlatformController {
  constructor(private readonly replies: StatelessReplies) {}

  /**
   * Generate a reply of an AI bot
   *
   * @remarks Lets an AI bot answer to a conversation that comes with the request. Nothing is kept, and nothing is said in a channel.
   * The tokens count as those of the bot; its tools are not asked. Takes as long as the model does.
   */
  @Post(':bot_userid/ai_chatbot_replies')
  @PlatformScope('messages:write')
  @HttpCode(200)
  @PlatformParam('bot_userid', 'The AI bot.', 'weather_bot')
  @PlatformBody(PlatformGenerateReplyDto, CONVERSATIONS)
  async generate(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Body() { messages }: PlatformGenerateReplyDto,
    @HungUp() hungUp: AbortSignal,
  ): Promise<PlatformGeneratedReplyDto> {
    return { reply_messages: [await this.replies.reply(actor, botId, messages, hungUp)] };
  }
}
