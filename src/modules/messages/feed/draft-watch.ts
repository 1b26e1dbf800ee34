import type { LiveMessage } from '../../../core/live/live-bus.js';
import type { DraftRow } from '../drafts/drafts.repository.js';

/** A piece of a message that is being written: the text goes on so from this place on. From 0: this is all of it so far. */
export interface DraftDelta {
  type: 'message.delta';
  chatId: string;
  userId: string;
  draftId: string;
  from: number;
  text: string;
}

/** A message is written to its end, or was given up. */
export interface DraftOver {
  type: 'message.completed';
  chatId: string;
  userId: string;
  draftId: string;
  end: string;
  messageId: string;
}

/** Drafts that are over and whose late hints are still to be ignored. */
const MAX_OVER = 200;
/** Pieces that wait for what comes before them. */
const MAX_AHEAD = 200;

interface Seen {
  /** How much of it this viewer knows. */
  length: number;
  /** Pieces behind a gap, by their places. */
  ahead: Map<number, DraftDelta>;
}

/** Follows the drafts of some chats for one viewer: hands on the pieces in order, and knows when one was missed. */
export class DraftWatch {
  private readonly seen = new Map<string, Seen>();
  private readonly over = new Set<string>();
  private stale = true;

  /** Something was missed, or nothing has been looked up yet: the kept drafts have to be read. */
  get isStale(): boolean {
    return this.stale;
  }

  /** New chats have come, whose drafts are not known. */
  expire(): void {
    this.stale = true;
  }

  /** @returns the pieces that the viewer can be told now */
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

  /** Takes in what is kept. @returns what the viewer did not know */
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

  /** The draft has become a message, or nothing: what is still heard of it is old. */
  close(draftId: string): void {
    this.seen.delete(draftId);
    this.over.add(draftId);
    if (this.over.size > MAX_OVER) this.over.delete(this.over.values().next().value!);
  }

  /** Something of it could not be told: it is read again from what is kept. */
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
