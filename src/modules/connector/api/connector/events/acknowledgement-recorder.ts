import { Injectable } from '@nestjs/common';
import { GroupCommit } from '../../../../../core/database/group-commit.js';
import { type MessageEntity, PresenceService } from '../../../../messages/index.js';
import { MissedMessagesService } from '../../../missed-messages.service.js';

/** A message that a session of the bot acknowledged. */
export interface AcknowledgedMessage {
  botId: string;
  endpointId: string;
  message: MessageEntity;
}

/** One batch at a time, so that batches never wait for each other's rows. */
const GROUPS = { maxItems: 128, maxInFlight: 1 };

/** Records acknowledged messages as read by the bot and notifies their senders. Concurrent calls are written in one batch. */
@Injectable()
export class AcknowledgementRecorder {
  private readonly group = new GroupCommit<AcknowledgedMessage, void>(async (items) => {
    await Promise.all([
      this.missed.acknowledge(items.map(({ endpointId, message }) => ({ endpointId, messageId: message.id }))),
      this.presence.recordReadPositions(items.map(({ botId, message }) => ({ userId: botId, message }))),
    ]);
    return items.map(() => ({ value: undefined }));
  }, GROUPS);

  constructor(
    private readonly missed: MissedMessagesService,
    private readonly presence: PresenceService,
  ) {}

  record(acknowledged: AcknowledgedMessage): Promise<void> {
    return this.group.write(acknowledged);
  }
}
