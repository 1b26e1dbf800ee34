import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { LiveBus } from '../../../core/live/live-bus.js';
import { chatTopic } from '../viewer-notifier.js';
import { DraftsRepository } from './drafts.repository.js';
import { DraftWriter } from './draft-writer.js';

/** A message to be, and where it will stand. */
export interface Draft {
  id: string;
  chatId: string;
  senderId: string;
}

/** What has become of a draft. `dropped`: no message. */
export type DraftEnd = 'completed' | 'interrupted' | 'stopped' | 'dropped';

/**
 * Messages that are written before the eyes of their readers. Viewers are told of each piece as it comes; whoever comes late, or
 * misses one, reads what is kept. In the chat's log a draft is nothing: the log gets the message, once it is one.
 */
@Injectable()
export class DraftsService {
  constructor(
    private readonly drafts: DraftsRepository,
    private readonly live: LiveBus,
    private readonly database: Database,
  ) {}

  /** @param token tells this writer from one before it, whose words count no more. @param onLost as of `DraftWriter` */
  open(draft: Draft, token: string, onLost: () => void): DraftWriter {
    const { id, chatId, senderId: userId } = draft;
    const publish = (hint: Record<string, string | number>) =>
      this.live.publish(chatTopic(chatId), { draftId: id, userId, ...hint });
    return new DraftWriter(
      {
        tell: (from, text) => publish({ kind: 'delta', from, text }),
        keep: async (body, isFirst) => {
          if (!isFirst) return this.drafts.save(id, token, body);
          await this.drafts.begin({ ...draft, body }, token);
          return true;
        },
        kept: (length) => publish({ kind: 'draft', length }),
      },
      onLost,
    );
  }

  /** What of a draft was kept, if there is one. */
  keptText(id: string): Promise<string | undefined> {
    return this.drafts.body(id);
  }

  /**
   * Ends a draft, in the transaction in which its message is made, if it becomes one.
   *
   * @param messageId empty when it becomes none
   */
  async close({ id, chatId, senderId }: Draft, end: DraftEnd, messageId: string): Promise<void> {
    await this.drafts.remove(id);
    this.database.afterCommit(() =>
      this.live.publish(chatTopic(chatId), { kind: 'draft-end', draftId: id, userId: senderId, end, messageId }),
    );
  }
}
