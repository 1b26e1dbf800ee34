import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import type { Actor } from '../../../auth/index.js';
import { BotsService } from '../../../bots/index.js';
import type { FileEntity } from '../../../files/index.js';
import { UsersService } from '../../../users/index.js';
import { MessagesService } from '../../messages.service.js';
import { AcceptsFiles, StoredFiles } from './file-form.interceptor.js';
import { MessageFiles } from './message-files.js';
import { PlatformBotMessageDto, PlatformMessageDto, PlatformMessageListDto } from './messages.platform.dto.js';
import {
  PlatformBotSendDto,
  PlatformListMessagesQueryDto,
  PlatformSendMessageDto,
} from './messages.platform.requests.dto.js';
import { NEW_BOT_MESSAGES, NEW_MESSAGES } from './messages.platform.examples.js';
import {
  toAroundQuery,
  toBotMessage,
  toBotSendMessage,
  toMessageList,
  toPlatformMessage,
  toSendMessage,
} from './messages.platform.mapper.js';

@PlatformController('group_channels/:channel_url/messages', 'Messages')
export class MessagesPlatformController {
  constructor(
    private readonly messages: MessagesService,
    private readonly users: UsersService,
    private readonly files: MessageFiles,
    private readonly settings: Settings,
  ) {}

  /**
   * Send a message
   *
   * @remarks Sends a message of a member, or of the operator, to a channel. Once this is answered, it is sure to reach every bot there.
   */
  @Post()
  @HttpCode(200)
  @AcceptsFiles()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformBody(PlatformSendMessageDto, NEW_MESSAGES)
  async send(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Body() body: PlatformSendMessageDto,
    @StoredFiles() stored: FileEntity[],
  ): Promise<PlatformMessageDto> {
    const attachmentIds = await this.files.collect(actor, body, stored);
    const sender = body.message_type === 'ADMM' ? [] : [await this.users.get(body.user_id!)];
    const message = await this.messages.send(actor, toSendMessage(channelUrl, body, attachmentIds));
    return toPlatformMessage(message, await this.messages.surroundings([message], sender), this.settings.publicUrl);
  }

  /**
   * List messages
   *
   * @remarks Lists the messages before and after a time or a message. With `message_ts` and `message_id` at 0, from the first one on.
   */
  @Get()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  async list(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Query() query: PlatformListMessagesQueryDto,
  ): Promise<PlatformMessageListDto> {
    const at = query.message_id ? await this.timeOf(actor, channelUrl, query.message_id) : (query.message_ts ?? 0);
    const found = await this.messages.around(actor, toAroundQuery(channelUrl, at, query));
    const surroundings = await this.messages.surroundings(found);
    return toMessageList(query.reverse ? found.reverse() : found, surroundings, this.settings.publicUrl);
  }

  private async timeOf(actor: Actor, channelUrl: string, messageId: number): Promise<number> {
    return (await this.messages.getByNum(actor, channelUrl, messageId)).createdAt.getTime();
  }
}

@PlatformController('bots/:bot_userid/send', 'Bots')
export class BotMessagesPlatformController {
  constructor(
    private readonly messages: MessagesService,
    private readonly bots: BotsService,
    private readonly files: MessageFiles,
    private readonly settings: Settings,
  ) {}

  /**
   * Send a bot's message
   *
   * @remarks Sends a message of a bot to a channel that the bot is a member of.
   */
  @Post()
  @HttpCode(200)
  @AcceptsFiles()
  @PlatformParam('bot_userid', 'The bot.', 'echo')
  @PlatformBody(PlatformBotSendDto, NEW_BOT_MESSAGES)
  async send(
    @PlatformActor() actor: Actor,
    @Param('bot_userid') botId: string,
    @Body() body: PlatformBotSendDto,
    @StoredFiles() stored: FileEntity[],
  ): Promise<PlatformBotMessageDto> {
    const { bot, user } = await this.bots.get(botId);
    const attachmentIds = await this.files.collect(actor, body, stored);
    const command = toBotSendMessage(botId, body, bot.enableMarkAsRead, attachmentIds);
    const message = await this.messages.send(actor, command);
    return toBotMessage(message, await this.messages.surroundings([message], [user]), this.settings.publicUrl);
  }
}
