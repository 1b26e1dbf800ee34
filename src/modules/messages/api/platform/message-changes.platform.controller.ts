import { Body, Delete, Get, Param, Put } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { Database } from '../../../../core/database/database.js';
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
import { toEditMessage, toPlatformMessage } from './messages.platform.mapper.js';

@PlatformController('group_channels/:channel_url/messages/:message_id', 'Messages')
export class MessageChangesPlatformController {
  constructor(
    private readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly database: Database,
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
    const message = await this.messages.getByNum(actor, channelUrl, readNum(messageId));
    return this.show(message);
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
    const which = { chatId: channelUrl, num: readNum(messageId) };
    return this.database.transactionThenRead(
      () => this.editor.edit(actor, which, toEditMessage(body)),
      (edited) => this.show(edited),
    );
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
    await this.editor.remove(actor, { chatId: channelUrl, num: readNum(messageId) });
    return {};
  }

  private async show(message: MessageEntity): Promise<PlatformMessageDto> {
    return toPlatformMessage(message, await this.messages.surroundings([message]), this.settings.publicUrl);
  }
}

/** @throws DomainError not_found `message.not_found` for what is no id */
function readNum(messageId: string): number {
  const num = /^\d{1,16}$/.test(messageId) ? Number(messageId) : 0;
  if (num < 1 || num > Number.MAX_SAFE_INTEGER) throw messageNotFound(messageId);
  return num;
}
