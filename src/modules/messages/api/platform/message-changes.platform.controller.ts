import { Body, Delete, Get, Param, Put } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { PlatformEmptyDto } from '../../../../protocols/platform/platform-error.dto.js';
import { AcceptsForm } from '../../../../protocols/platform/platform-form.interceptor.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import type { Actor } from '../../../auth/index.js';
import { MessageEditor } from '../../message-editor.js';
import type { MessageEntity } from '../../message.entity.js';
import { messageNotFound } from '../../message.errors.js';
import { MessagesService } from '../../messages.service.js';
import { PlatformUpdateMessageDto } from './message-changes.platform.dto.js';
import { PlatformMessageDto } from './messages.platform.dto.js';
import { MESSAGE_CHANGES } from './messages.platform.examples.js';
import { toPlatformMessage } from './messages.platform.mapper.js';

@PlatformController('group_channels/:channel_url/messages/:message_id', 'Messages')
export class MessageChangesPlatformController {
  constructor(
    private readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly settings: Settings,
  ) {}

  /** View a message */
  @Get()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformParam('message_id', 'The message.', '1')
  async view(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Param('message_id') messageId: string,
  ): Promise<PlatformMessageDto> {
    return this.show(await this.find(actor, channelUrl, messageId));
  }

  /**
   * Update a message
   *
   * @remarks Changes what is given, and leaves the rest as it is.
   */
  @Put()
  @AcceptsForm()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformParam('message_id', 'The message.', '1')
  @PlatformBody(PlatformUpdateMessageDto, MESSAGE_CHANGES)
  async update(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Param('message_id') messageId: string,
    @Body() body: PlatformUpdateMessageDto,
  ): Promise<PlatformMessageDto> {
    const { id } = await this.find(actor, channelUrl, messageId);
    const edited = await this.editor.edit(actor, id, {
      body: body.message,
      customType: body.custom_type,
      data: body.data,
      mentionType: body.mention_type,
      mentionedIds: body.mentioned_user_ids,
    });
    return this.show(edited);
  }

  /**
   * Delete a message
   *
   * @remarks Its text is gone for all, also for bots that were not told of it yet.
   */
  @Delete()
  @PlatformParam('channel_url', 'The channel.', 'lunch')
  @PlatformParam('message_id', 'The message.', '1')
  async delete(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Param('message_id') messageId: string,
  ): Promise<PlatformEmptyDto> {
    const { id } = await this.find(actor, channelUrl, messageId);
    await this.editor.remove(actor, id);
    return {};
  }

  /** @throws DomainError not_found `chat.not_found`, `message.not_found`, also for what is no id */
  private async find(actor: Actor, channelUrl: string, messageId: string): Promise<MessageEntity> {
    const num = /^\d{1,16}$/.test(messageId) ? Number(messageId) : 0;
    if (num < 1 || num > Number.MAX_SAFE_INTEGER) throw messageNotFound(messageId);
    return this.messages.getByNum(actor, channelUrl, num);
  }

  private async show(message: MessageEntity): Promise<PlatformMessageDto> {
    return toPlatformMessage(message, await this.messages.surroundings([message]), this.settings.publicUrl);
  }
}
