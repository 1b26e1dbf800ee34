import type { ChatEventType, Membership } from '../chats/index.js';

/** The next entry after a place in a log with which a user has come into the chat, or left it. */
export type NextMembershipEvent = (afterSeq: number) => Promise<{ seq: number; type: ChatEventType } | undefined>;

/**
 * Whether a bot was a member of a chat at a place in its log. What is true of the present mostly decides; else the next entry about the
 * bot does: a bot that leaves then was a member before, and one that joins was not.
 */
export class MembershipHistory {
  /** What was looked up last holds for all entries from there up to the next entry about the bot. */
  private known: { fromSeq: number; toSeq: number; wasMember: boolean } | undefined;

  constructor(
    private readonly membership: Membership | undefined,
    private readonly next: NextMembershipEvent,
  ) {}

  async wasMemberAt(seq: number): Promise<boolean> {
    if (this.membership?.state === 'joined' && seq >= this.membership.joinedSeq) return true;
    if (!this.known || seq < this.known.fromSeq || seq >= this.known.toSeq) {
      const event = await this.next(seq);
      this.known = { fromSeq: seq, toSeq: event?.seq ?? Infinity, wasMember: event?.type === 'member.left' };
    }
    return this.known.wasMember;
  }
}
