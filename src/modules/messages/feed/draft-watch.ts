import type { LiveMessage } from '../../../core/live/live-bus.js';
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
export interface DraftOver {
  type: 'message.completed';
  chatId: string;
  userId: string;
  draftId: string;
  end: string;
  messageId: string;
}

/** Maximum number of ended drafts whose late hints are still ignored. */
const MAX_OVER = 200;
/** Maximum number of deltas that wait for an earlier one. */
const MAX_AHEAD = 200;

interface Seen {
  /** The length of the text that this viewer has. */
  length: number;
  /** Deltas after a gap, by offset. */
  ahead: Map<number, DraftDelta>;
}

/** Follows the drafts of some chats for one viewer: returns deltas in order, and detects missed ones. */
export class DraftWatch {
  private readonly seen = new Map<string, Seen>();
  private readonly over = new Set<string>();
  private stale = true;

  /** A delta was missed, or nothing has been loaded yet: the stored drafts must be read. */
  get isStale(): boolean {
    return this.stale;
  }

  /** Chats were added whose drafts are not loaded. */
  expire(): void {
    this.stale = true;
  }

  /** @returns the deltas that can be sent to the viewer now */
  hear(chatId: string, hint: LiveMessage): (DraftDelta | DraftOver)[] {
    const draftId = String(hint.draftId);
    if (hint.kind === 'draft-end') {
      this.close(draftId);
      const { userId, end, messageId } = hint;
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
    if (this.over.has(draftId)) return [];
    const seen = this.seen.get(draftId) ?? { length: 0, ahead: new Map<number, DraftDelta>() };
    this.seen.set(draftId, seen);
    if (hint.kind === 'draft') {
      if (seen.ahead.size > 0 || Number(hint.length) > seen.length) this.stale = true;
      return [];
    }
    const delta: DraftDelta = {
      type: 'message.delta',
      chatId,
      userId: String(hint.userId),
      draftId,
      from: Number(hint.from),
      text: String(hint.text),
    };
    if (delta.from > seen.length) {
      if (seen.ahead.size < MAX_AHEAD) seen.ahead.set(delta.from, delta);
      return [];
    }
    return this.take(seen, delta);
  }

  /** Merges the stored drafts. @returns the text that the viewer does not have */
  catchUp(rows: readonly DraftRow[]): DraftDelta[] {
    this.stale = false;
    return rows.flatMap(({ id, chatId, senderId, body }) => {
      if (this.over.has(id)) return [];
      const seen = this.seen.get(id) ?? { length: 0, ahead: new Map<number, DraftDelta>() };
      this.seen.set(id, seen);
      if (body.length <= seen.length) return [];
      return this.take(seen, {
        type: 'message.delta',
        chatId,
        userId: senderId,
        draftId: id,
        from: 0,
        text: body,
      });
    });
  }

  /** The draft became a message or was dropped: later hints about it are stale. */
  close(draftId: string): void {
    this.seen.delete(draftId);
    this.over.add(draftId);
    if (this.over.size > MAX_OVER) this.over.delete(this.over.values().next().value!);
  }

  /** A delta could not be sent: the draft is read again from its stored text. */
  forget(draftId: string): void {
    this.seen.delete(draftId);
    this.stale = true;
  }

  isOver(draftId: string): boolean {
    return this.over.has(draftId);
  }

  private take(seen: Seen, delta: DraftDelta): DraftDelta[] {
    const taken = [delta];
    seen.length = delta.from + delta.text.length;
    for (const from of [...seen.ahead.keys()].sort((a, b) => a - b)) {
      const next = seen.ahead.get(from)!;
      if (from > seen.length) break;
      seen.ahead.delete(from);
      if (from + next.text.length <= seen.length) continue;
      taken.push(next);
      seen.length = from + next.text.length;
    }
    return taken;
  }
}
