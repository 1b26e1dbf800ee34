import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import { AcceptsFiles, StoredFiles } from '../../../../protocols/platform/platform-upload.interceptor.js';
import type { Actor } from '../../../auth/index.js';
import type { FileEntity } from '../../../files/index.js';
import { PlatformBotMessageDto, PlatformMessageDto, PlatformMessageListDto } from './messages.platform.dto.js';
import { NEW_BOT_MESSAGES, NEW_MESSAGES } from './messages.platform.examples.js';
import { toBotMessage } from './messages.platform.mapper.js';
import { PlatformListMessagesQueryDto } from './messages.platform.lists.dto.js';
import { PlatformBotSendDto, PlatformSendMessageDto } from './messages.platform.requests.dto.js';
import { toBotSendMessage, toSendMessage } from './messages.platform.requests.mapper.js';
import { MessagesPlatformViews } from './messages.platform.views.js';

@PlatformController('group_channels/:channel_url/messages', 'Messages')
export class MessagesPlatformController {
  constructor(private readonly views: MessagesPlatformViews) {}

  /**
   * Send a message
   *
   * @remarks Sends a message of a member, or of the operator, to a channel. When the response is sent, the message is stored and reaches every bot of the channel.
   */
  @Post()
  @PlatformScope('messages:write')
  @HttpCode(200)
  @AcceptsFiles()
  @PlatformParam('channel_url', 'The URL of the channel.', 'lunch')
  @PlatformBody(PlatformSendMessageDto, NEW_MESSAGES)
  sendMessage(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformSendMessageDto,
    @StoredFiles() stored: FileEntity[],
  ): Promise<PlatformMessageDto> {
    return this.views.send(actor, toSendMessage(channelUrl, body), body, stored);
  }

  /**
   * List messages
   *
   * @remarks Lists the messages before and after a time or a message. With `message_ts` and `message_id` at 0, the list begins at the first message.
   */
  @Get()
  @PlatformScope('messages:read')
  @PlatformParam('channel_url', 'The URL of the channel.', 'lunch')
  listMessages(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformListMessagesQueryDto,
  ): Promise<PlatformMessageListDto> {
    return this.views.list(actor, channelUrl, query);
  }
}

@PlatformController('bots/:bot_userid/send', 'Bots')
export class BotMessagesPlatformController {
  constructor(private readonly views: MessagesPlatformViews) {}

  /**
   * Send a message as a bot
   *
   * @remarks Sends a message of a bot to a channel. The bot must be a member of the channel.
   */
  @Post()
  @PlatformScope('messages:write')
  @HttpCode(200)
  @AcceptsFiles()
  @PlatformParam('bot_userid', 'The id of the bot.', 'echo')
  @PlatformBody(PlatformBotSendDto, NEW_BOT_MESSAGES)
  async sendBotMessage(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Body() body: PlatformBotSendDto,
    @StoredFiles() stored: FileEntity[],
  ): Promise<PlatformBotMessageDto> {
    return toBotMessage(await this.views.send(actor, toBotSendMessage(botId, body), body, stored));
  }
}
