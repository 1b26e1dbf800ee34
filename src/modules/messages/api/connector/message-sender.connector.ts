import { Injectable } from '@nestjs/common';
import { Database } from '../../../../core/database/database.js';
import { CONNECTOR_CODE, ConnectorError } from '../../../../protocols/connector/connector-codes.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import { wrongPayload } from '../../../../protocols/connector/connector-payload.js';
import { readText } from '../../../../protocols/connector/markup.js';
import type { Actor } from '../../../auth/index.js';
import { UploadTasksService } from '../../../files/index.js';
import { HistoryService } from '../../history.service.js';
import { MessageEditor } from '../../message-editor.js';
import type { MessageEntity } from '../../message.entity.js';
import type { SendMessage } from '../../message.types.js';
import { MessagesService } from '../../messages.service.js';
import type {
  ConnectorEditMessageDto,
  ConnectorForwardMessageDto,
  ConnectorSendFileDto,
  ConnectorSendMessageDto,
  ConnectorTextDto,
} from './messages.connector.dto.js';
import { readMessageId } from './messages.connector.mapper.js';

/** Sends, edits and removes messages of socket bots. */
@Injectable()
export class ConnectorMessageSender {
  constructor(
    private readonly messages: MessagesService,
    private readonly history: HistoryService,
    private readonly editor: MessageEditor,
    private readonly uploads: UploadTasksService,
    private readonly ids: ConnectorIds,
    private readonly database: Database,
  ) {}

  send(actor: Actor, { chatId, replyMessageId, content }: ConnectorSendMessageDto): Promise<MessageEntity> {
    return this.messages.send(actor, {
      chatId,
      senderId: actor.id,
      parentId: parentIdOf(replyMessageId),
      ...this.toText(content),
    });
  }

  /** Claims the upload and sends the message in one transaction. */
  async sendFile(
    actor: Actor,
    { chatId, replyMessageId, content: { temporalFileId, caption } }: ConnectorSendFileDto,
  ): Promise<{ message: MessageEntity; fileId: string }> {
    const text = caption && caption.text.trim() !== '' ? this.toText(caption) : { body: '' };
    if (temporalFileId === undefined)
      throw new ConnectorError(CONNECTOR_CODE.fileNotFound, 'The file was not uploaded.');
    return this.database.transaction(async () => {
      const { id: fileId } = await this.uploads.claim(actor, temporalFileId);
      const message = await this.messages.send(actor, {
        chatId,
        senderId: actor.id,
        kind: 'file',
        parentId: parentIdOf(replyMessageId),
        attachmentIds: [fileId],
        ...text,
      });
      return { message, fileId };
    });
  }

  async edit(actor: Actor, { messageId, content }: ConnectorEditMessageDto): Promise<MessageEntity> {
    const { id, senderId, extras } = await this.messages.get(actor, readMessageId(messageId).id);
    if (extras?.survey && !extras.forwarded && senderId === actor.id)
      throw wrongPayload('Use editSurvey to edit a survey.');
    const { extras: newExtras, ...text } = this.toText(content);
    return this.editor.edit(actor, id, { ...text, extras: { ...extras, markup: newExtras?.markup } });
  }

  /** A forwarded message is forwarded as the original message. */
  async forward(actor: Actor, { messageId, chatId }: ConnectorForwardMessageDto): Promise<MessageEntity> {
    const { id, part } = readMessageId(messageId);
    const original = await this.messages.get(actor, id);
    const { body, kind, attachmentIds, senderId, createdAt, extras } = original;
    const forwarded = extras?.forwarded ?? {
      messageId: id,
      chatId: original.chatId,
      senderId,
      at: createdAt.getTime(),
    };
    return this.messages.send(actor, {
      chatId,
      senderId: actor.id,
      kind: kind === 'admin' ? 'text' : kind,
      body,
      attachmentIds: part === 0 ? attachmentIds : attachmentIds.slice(part, part + 1),
      extras: { markup: extras?.markup, survey: extras?.survey, forwarded },
    });
  }

  async delete(actor: Actor, messageId: string, forAll: boolean): Promise<void> {
    const { id } = readMessageId(messageId);
    if (forAll) await this.editor.delete(actor, id);
    else await this.history.hide(actor, id);
  }

  private toText({
    text,
    parseMode,
  }: ConnectorTextDto): Pick<SendMessage, 'body' | 'mentionType' | 'mentionedIds' | 'extras'> {
    const { plain, markup, mentionedIds, mentionsAll } = readText(text, parseMode, this.ids);
    return { body: plain, mentionType: mentionsAll ? 'channel' : 'users', mentionedIds, extras: { markup } };
  }
}

const parentIdOf = (messageId: string | undefined): string | undefined =>
  messageId === undefined ? undefined : readMessageId(messageId).id;
