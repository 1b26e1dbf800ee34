import type { PubSubMessage } from '../../../core/pubsub/pubsub.js';
import type { DraftRow } from '../drafts/drafts.repository.js';

/** A delta of a message that is being written: the text that follows at this offset. Offset 0: the whole text so far. */
export interface DraftDelta {
  type: 'message.delta';
  chatId: string;
  userId: string;
  draftId: string;
  from: number;
  text: string;
}

/** The end of a draft: it became a message or was dropped. */
export interface DraftEnded {
  type: 'message.completed';
  chatId: string;
  userId: string;
  draftId: string;
  end: string;
  messageId: string;
}

/** Maximum number of ended drafts whose late notifications are still ignored. */
const MAX_ENDED = 200;
/** Maximum number of deltas that wait for an earlier one. */
const MAX_PENDING = 200;

interface DraftProgress {
  /** The length of the text that this viewer has. */
  length: number;
  /** Deltas after a gap, by offset. */
  pending: Map<number, DraftDelta>;
}

/** Follows the drafts of some chats for one viewer: returns deltas in order, and detects missed ones. */
export class DraftTracker {
  private readonly progress = new Map<string, DraftProgress>();
  private readonly ended = new Set<string>();
  private needsLoad = true;

  /** A delta was missed, or nothing has been loaded yet: the stored drafts must be read. */
  get mustLoad(): boolean {
    return this.needsLoad;
  }

  /** Chats were added whose drafts are not loaded. */
  requireLoad(): void {
    this.needsLoad = true;
  }

  /** @returns the deltas that can be sent to the viewer now */
  handle(chatId: string, notification: PubSubMessage): (DraftDelta | DraftEnded)[] {
    const draftId = String(notification.draftId);
    if (notification.kind === 'draft-end') {
      this.close(draftId);
      const { userId, end, messageId } = notification;
      return [
        {
          type: 'message.completed',
          chatId,
          userId: String(userId),
          draftId,
          end: String(end),
          messageId: String(messageId),
        },
      ];
    }
    if (this.ended.has(draftId)) return [];
    const progress = this.progress.get(draftId) ?? { length: 0, pending: new Map<number, DraftDelta>() };
    this.progress.set(draftId, progress);
    if (notification.kind === 'draft') {
      if (progress.pending.size > 0 || Number(notification.length) > progress.length) this.needsLoad = true;
      return [];
    }
    const delta: DraftDelta = {
      type: 'message.delta',
      chatId,
      userId: String(notification.userId),
      draftId,
      from: Number(notification.from),
      text: String(notification.text),
    };
    if (delta.from > progress.length) {
      if (progress.pending.size < MAX_PENDING) progress.pending.set(delta.from, delta);
      return [];
    }
    return this.advance(progress, delta);
  }

  /** Merges the stored drafts. @returns the text that the viewer does not have */
  catchUp(rows: readonly DraftRow[]): DraftDelta[] {
    this.needsLoad = false;
    return rows.flatMap(({ id, chatId, senderId, body }) => {
      if (this.ended.has(id)) return [];
      const progress = this.progress.get(id) ?? { length: 0, pending: new Map<number, DraftDelta>() };
      this.progress.set(id, progress);
      if (body.length <= progress.length) return [];
      return this.advance(progress, {
        type: 'message.delta',
        chatId,
        userId: senderId,
        draftId: id,
        from: 0,
        text: body,
      });
    });
  }

  /** The draft became a message or was dropped: later notifications about it are stale. */
  close(draftId: string): void {
    this.progress.delete(draftId);
    this.ended.add(draftId);
    if (this.ended.size > MAX_ENDED) this.ended.delete(this.ended.values().next().value!);
  }

  /** A delta could not be sent: the draft is read again from its stored text. */
  reset(draftId: string): void {
    this.progress.delete(draftId);
    this.needsLoad = true;
  }

  hasEnded(draftId: string): boolean {
    return this.ended.has(draftId);
  }

  private advance(progress: DraftProgress, delta: DraftDelta): DraftDelta[] {
    const taken = [delta];
    progress.length = delta.from + delta.text.length;
    for (const from of [...progress.pending.keys()].sort((a, b) => a - b)) {
      const next = progress.pending.get(from)!;
      if (from > progress.length) break;
      progress.pending.delete(from);
      if (from + next.text.length <= progress.length) continue;
      taken.push(next);
      progress.length = from + next.text.length;
    }
    return taken;
  }
}
