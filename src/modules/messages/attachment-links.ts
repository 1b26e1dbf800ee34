import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { FilesService } from '../files/index.js';
import { MessagesRemoved, MessagesSent } from './message.events.js';

/** Records the use of files by messages, in the transaction of the messages: a file stays as long as a message uses it. */
@Injectable()
export class AttachmentLinks {
  constructor(private readonly files: FilesService) {}

  @OnDomainEvent(MessagesSent, 'in-transaction')
  link({ messages }: MessagesSent): Promise<void> {
    return this.files.link(
      messages.flatMap(({ id: messageId, chatId, attachmentIds }) =>
        attachmentIds.map((fileId) => ({ fileId, messageId, chatId })),
      ),
    );
  }

  @OnDomainEvent(MessagesRemoved, 'in-transaction')
  unlink({ messages }: MessagesRemoved): Promise<void> {
    return this.files.unlink(messages.map(({ id }) => id));
  }
}
