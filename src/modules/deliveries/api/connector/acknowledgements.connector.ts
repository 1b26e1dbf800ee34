import { Injectable } from '@nestjs/common';
import { GroupCommit } from '../../../../core/database/group-commit.js';
import { type MessageEntity, PresenceService } from '../../../messages/index.js';
import { MissedMessagesService } from '../../connector/missed-messages.service.js';

/** Which message of which bot was acknowledged. */
export interface Acknowledged {
  botId: string;
  endpointId: string;
  message: MessageEntity;
}

/** One at a time, so that two of them never wait for the same rows. */
const GROUPS = { maxItems: 128, maxInFlight: 1 };

/** What a session acknowledges, the bot has read; and its author may know. What comes in one moment is written together. */
@Injectable()
export class Acknowledgements {
  private readonly group = new GroupCommit<Acknowledged, void>(async (items) => {
    await Promise.all([
      this.missed.acknowledge(items.map(({ endpointId, message }) => ({ endpointId, messageId: message.id }))),
      this.presence.noteRead(items.map(({ botId, message }) => ({ userId: botId, message }))),
    ]);
    return items.map(() => ({ value: undefined }));
  }, GROUPS);

  constructor(
    private readonly missed: MissedMessagesService,
    private readonly presence: PresenceService,
  ) {}

  note(acknowledged: Acknowledged): Promise<void> {
    return this.group.write(acknowledged);
  }
}
