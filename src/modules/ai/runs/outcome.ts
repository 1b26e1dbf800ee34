import type { AiRunEntity } from './ai-run.entity.js';
import type { ReplyAction, DraftEnd, MessageExtras } from '../../messages/index.js';
import type { Notice } from './notices/notices.js';

/** The outcome of a run. */
export interface Outcome {
  state: 'completed' | 'interrupted' | 'cancelled' | 'failed' | 'blocked';
  reason: string;
  /** The reply, if there is one. */
  reply?: {
    text: string;
    state: NonNullable<MessageExtras['answer']>['state'];
    /** Actions that the reply offers. */
    actions?: ReplyAction['type'][];
  };
  /** Sent instead of a reply. */
  notice?: { notice: Notice; isUnconditional: boolean };
  /** The chat summary may have to be extended. */
  shouldSummarize?: boolean;
  /** Other fields to record in the run. */
  runFields: Partial<AiRunEntity>;
}

/** How the draft ends for viewers. */
export const draftEndOf = ({ reply }: Outcome): DraftEnd =>
  reply === undefined || reply.state === 'notice' ? 'dropped' : reply.state;

export const blocked = (
  reason: string,
  notice: Notice,
  isUnconditional = false,
  runFields: Outcome['runFields'] = {},
): Outcome => ({
  state: 'blocked',
  reason,
  notice: { notice, isUnconditional },
  runFields,
});

export const cancelled = (reason: string, runFields: Outcome['runFields'] = {}): Outcome => ({
  state: 'cancelled',
  reason,
  runFields,
});
