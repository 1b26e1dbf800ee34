import { Body, Delete, Get, Param, Put } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
import { AcceptsForm } from '../../../../protocols/platform/platform-upload.interceptor.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { MessageEditor } from '../../message-editor.js';
import { PlatformUpdateMessageDto } from './message-changes.platform.dto.js';
import { PlatformMessageDto } from './messages.platform.dto.js';
import { MESSAGE_CHANGES } from './messages.platform.examples.js';
import { toEditMessage, toNumbered } from './messages.platform.requests.mapper.js';
import { MessagesPlatformViews } from './messages.platform.views.js';

@PlatformController('group_channels/:channel_url/messages/:message_id', 'Messages')
export class MessageChangesPlatformController {
  constructor(
    private readonly editor: MessageEditor,
    private readonly views: MessagesPlatformViews,
  ) {}

  /** Get a message */
  @Get()
  @PlatformScope('messages:read')
  @PlatformParam('channel_url', 'The URL of the channel.', 'lunch')
  @PlatformParam('message_id', 'The id of the message.', '1')
  async getMessage(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Param('message_id') messageId: string,
  ): Promise<PlatformMessageDto> {
    return this.views.get(actor, toNumbered(channelUrl, messageId));
  }

  /**
   * Update a message
   *
   * @remarks Changes the given fields and leaves the others unchanged.
   */
  @Put()
  @PlatformScope('messages:write')
  @AcceptsForm()
  @PlatformParam('channel_url', 'The URL of the channel.', 'lunch')
  @PlatformParam('message_id', 'The id of the message.', '1')
  @PlatformBody(PlatformUpdateMessageDto, MESSAGE_CHANGES)
  async updateMessage(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Param('message_id') messageId: string,
    @Body() body: PlatformUpdateMessageDto,
  ): Promise<PlatformMessageDto> {
    return this.views.edit(actor, toNumbered(channelUrl, messageId), toEditMessage(body));
  }

  /**
   * Delete a message
   *
   * @remarks Removes the text for all readers, and for bots that did not receive it yet.
   */
  @Delete()
  @PlatformScope('messages:write')
  @EmptyResponse()
  @PlatformParam('channel_url', 'The URL of the channel.', 'lunch')
  @PlatformParam('message_id', 'The id of the message.', '1')
  async deleteMessage(
    @PlatformActor() actor: Actor,
    @Param('channel_url') channelUrl: string,
    @Param('message_id') messageId: string,
  ): Promise<void> {
    return this.editor.delete(actor, toNumbered(channelUrl, messageId));
  }
}
