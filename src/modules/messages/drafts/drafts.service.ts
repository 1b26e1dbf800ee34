import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { PubSub } from '../../../core/pubsub/pubsub.js';
import { chatTopic } from '../viewer-notifier.js';
import { DraftsRepository } from './drafts.repository.js';
import { DraftWriter } from './draft-writer.js';

/** A future message and its chat. */
export interface Draft {
  id: string;
  chatId: string;
  senderId: string;
}

/** The outcome of a draft. `dropped`: no message. */
export type DraftEnd = 'completed' | 'interrupted' | 'stopped' | 'dropped';

/**
 * Messages that readers see while they are written. Viewers receive each delta at once; a viewer that connects late or misses a delta
 * reads the stored text. A draft is not an entry of the chat log; its final message is.
 */
@Injectable()
export class DraftsService {
  constructor(
    private readonly drafts: DraftsRepository,
    private readonly pubsub: PubSub,
    private readonly database: Database,
  ) {}

  /** @param token the fencing token of this writer: writes of earlier writers are rejected @param onLost see `DraftWriter` */
  createWriter(draft: Draft, token: string, onLost: () => void): DraftWriter {
    const { id, chatId, senderId: userId } = draft;
    const publish = (payload: Record<string, string | number>) =>
      this.pubsub.publish(chatTopic(chatId), { draftId: id, userId, ...payload });
    return new DraftWriter(
      {
        publishDelta: (from, text) => publish({ kind: 'delta', from, text }),
        save: async (body, isFirst) => {
          if (!isFirst) return this.drafts.save(id, token, body);
          await this.drafts.begin({ ...draft, body }, token);
          return true;
        },
        publishLength: (length) => publish({ kind: 'draft', length }),
      },
      onLost,
    );
  }

  /** The stored text of a draft, if there is one. */
  findText(id: string): Promise<string | undefined> {
    return this.drafts.findBody(id);
  }

  /**
   * Ends a draft, in the transaction that creates its message, if there is one.
   *
   * @param messageId empty if the draft becomes no message
   */
  async close({ id, chatId, senderId }: Draft, end: DraftEnd, messageId: string): Promise<void> {
    await this.drafts.remove(id);
    this.database.afterCommit(() =>
      this.pubsub.publish(chatTopic(chatId), { kind: 'draft-end', draftId: id, userId: senderId, end, messageId }),
    );
  }
}
