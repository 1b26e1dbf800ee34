import { Body, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { together } from '../../../../core/database/database.js';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { AcceptsFiles, StoredFiles } from '../../../../protocols/platform/platform-upload.interceptor.js';
import type { Actor } from '../../../auth/index.js';
import type { FileEntity } from '../../../files/index.js';
import { MessagesService } from '../../messages.service.js';
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
    const sent = await this.messages.sendAndLook(actor, toSendMessage(channelUrl, body, attachmentIds));
    return toPlatformMessage(sent.message, sent.surroundings, this.settings.publicUrl);
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
    const { message_id: num, message_ts: at } = query;
    const found = await this.messages.around(actor, toAroundQuery(channelUrl, num ? { num } : { at: at ?? 0 }, query));
    const [surroundings, threads] = await together([
      this.messages.surroundings(found),
      query.include_thread_info ? this.messages.threads(found) : undefined,
    ]);
    const extras = { threads, parents: query.include_parent_message_info, reactions: query.include_reactions };
    return toMessageList(query.reverse ? found.reverse() : found, surroundings, this.settings.publicUrl, extras);
  }
}

@PlatformController('bots/:bot_userid/send', 'Bots')
export class BotMessagesPlatformController {
  constructor(
    private readonly messages: MessagesService,
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
    const attachmentIds = await this.files.collect(actor, body, stored);
    const sent = await this.messages.sendAndLook(actor, toBotSendMessage(botId, body, attachmentIds));
    return toBotMessage(sent.message, sent.surroundings, this.settings.publicUrl);
  }
}
