import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { PromptMessage } from '../providers/model.types.js';

/** States of a run that a worker owns. */
const ACTIVE_STATES = ['building', 'requesting', 'streaming'] as const;
/** States of a run that is not finished. */
const OPEN_STATES = ['queued', ...ACTIVE_STATES] as const;
/**
 *   queued ─► building ─► requesting ─► streaming ─► completed | interrupted | cancelled | failed | blocked
 */
export const RUN_STATES = [...OPEN_STATES, 'completed', 'interrupted', 'cancelled', 'failed', 'blocked'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Whether a run in this state is not finished. */
export const isOpen = (state: RunState): boolean => (OPEN_STATES as readonly RunState[]).includes(state);

const toSql = (states: readonly RunState[]): string => `(${states.map((state) => `'${state}'`).join(', ')})`;
/** `ACTIVE_STATES` for a statement. */
export const ACTIVE = toSql(ACTIVE_STATES);
/** `OPEN_STATES` for a statement. */
export const OPEN = toSql(OPEN_STATES);

/** The prompt, kept for a few days if `AI_DEBUG_STORE` is on. */
export interface RunDebug {
  /** The prompt has a summary of messages that are not in `contextIds`. */
  hasSummary?: true;
  messages: Pick<PromptMessage, 'role' | 'content' | 'toolCalls'>[];
}

/** One attempt of a model to reply to one message. */
@Entity('ai_runs')
@Unique(['botId', 'triggerId', 'attempt'])
@Index('ai_runs_active_bot_id_chat_id_ordering_key_idx', ['botId', 'chatId', 'orderingKey'], {
  unique: true,
  where: `state IN ${ACTIVE}`,
})
@Index('ai_runs_open_bot_id_chat_id_trigger_seq_idx', ['botId', 'chatId', 'triggerSeq'], {
  where: `state IN ${OPEN}`,
})
@Index('ai_runs_open_provider_idx', ['provider'], {
  where: `state IN ${OPEN} AND provider <> ''`,
})
@Index('ai_runs_lease_until_idx', ['leaseUntil'], { where: 'lease_until IS NOT NULL' })
@Index('ai_runs_chat_id_trigger_seq_attempt_idx', ['chatId', 'triggerSeq', 'attempt'])
@Index('ai_runs_chat_id_id_idx', ['chatId', 'id'])
@Index('ai_runs_bot_id_id_idx', ['botId', 'id'])
@Index('ai_runs_state_id_idx', ['state', 'id'])
@Index('ai_runs_user_id_created_at_idx', ['userId', 'createdAt'])
@Index('ai_runs_created_at_idx', ['createdAt'])
export class AiRunEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  botId: string;

  @Column('text')
  chatId: string;

  /** The message to reply to. */
  @Column('text')
  triggerId: string;

  @Column('bigint')
  triggerSeq: number;

  /** Starts at 1. Each regeneration or continuation is another attempt. */
  @Column('integer', { default: 1 })
  attempt: number;

  /** Continues the reply of the previous attempt instead of replacing it. */
  @Column('boolean', { default: false })
  isContinued: boolean;

  /** Runs of one bot and chat with the same ordering key are processed in order. Empty, unless the bot replies in parallel. */
  @Column('text', { default: '' })
  orderingKey: string;

  /** The sender of the trigger, or the user who requested another attempt. */
  @Column('text')
  userId: string;

  @Column('text', { default: 'queued' })
  state: RunState;

  /** Reason of the final state. Empty for a success. */
  @Column('text', { default: '' })
  reason: string;

  /** Set to stop the run. Its worker checks it once per second. */
  @Column('text', { default: '' })
  stopReason: string;

  /** The user who stopped it, if one did. */
  @Column('text', { default: '' })
  stoppedBy: string;

  /** Earliest time for a worker to claim it. Delayed after errors. */
  @Column('timestamptz', { default: () => 'now()' })
  dueAt: Date;

  /** Hash of server and API key, for the concurrency limit per key. */
  @Column('text', { default: '' })
  provider: string;

  /** Since when only a concurrency limit keeps it queued. */
  @Column('timestamptz', { nullable: true })
  slotWantedAt: Date | null;

  /** Fencing token of the worker: rejects late writes of a worker that lost the lease. */
  @Column('text', { nullable: true })
  leaseToken: string | null;

  @Column('timestamptz', { nullable: true })
  leaseUntil: Date | null;

  /** How many times a worker has started it. */
  @Column('integer', { default: 0 })
  tries: number;

  /** The reply, once it exists. */
  @Column('text', { nullable: true })
  messageId: string | null;

  @Column('text', { default: '' })
  model: string;

  /** Host of the model server. */
  @Column('text', { default: '' })
  host: string;

  /** SHA-256 of the request body; the name of its recording. */
  @Column('text', { default: '' })
  requestHash: string;

  @Column('jsonb', { default: {} })
  paramsSent: Record<string, unknown>;

  /** Parameters left out because the model does not support them. */
  @Column('text', { array: true, default: '{}' })
  paramsDropped: string[];

  @Column('text', { array: true, default: '{}' })
  contextIds: string[];

  /** Request id of the provider. */
  @Column('text', { default: '' })
  providerRequestId: string;

  /** Number of model requests. */
  @Column('integer', { default: 0 })
  requests: number;

  @Column('integer', { default: 0 })
  promptTokens: number;

  @Column('integer', { default: 0 })
  completionTokens: number;

  @Column('integer', { default: 0 })
  cachedTokens: number;

  @Column('integer', { default: 0 })
  reasoningTokens: number;

  /** The provider reported no usage; it was counted locally. */
  @Column('boolean', { default: false })
  isUsageEstimated: boolean;

  /** Millionths of `currency`. Null if no price is known. */
  @Column('bigint', { nullable: true })
  costMicros: number | null;

  @Column('text', { default: '' })
  currency: string;

  @Column('text', { default: '' })
  finishReason: string;

  /** For operators. Never contains a key. */
  @Column('text', { default: '' })
  errorDetail: string;

  /** Tokens reserved for the active request. */
  @Column('integer', { default: 0 })
  reservedTokens: number;

  /** Budget day of the reservation. */
  @Column('date', { nullable: true })
  reservedDay: string | null;

  @Column('integer', { nullable: true })
  firstDeltaMs: number | null;

  @Column('integer', { nullable: true })
  totalMs: number | null;

  @Column('jsonb', { nullable: true })
  debug: RunDebug | null;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  finishedAt: Date | null;
}
