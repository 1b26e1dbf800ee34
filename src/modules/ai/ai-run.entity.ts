import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { PromptMessage } from './model/model.types.js';

/**
 *   queued ─► building ─► requesting ─► streaming ─► completed | interrupted | cancelled | failed | blocked
 */
export const RUN_STATES = [
  'queued',
  'building',
  'requesting',
  'streaming',
  'completed',
  'interrupted',
  'cancelled',
  'failed',
  'blocked',
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** What was sent to the model, kept for a few days where the operator wants that. */
export interface RunDebug {
  /** Of messages that are not among those of the context, too. */
  hasSummary?: true;
  messages: Pick<PromptMessage, 'role' | 'content' | 'toolCalls'>[];
}

/** One answer of a model to one message: asked for, under way, or over. */
@Entity('ai_runs')
@Unique(['botId', 'triggerId', 'attempt'])
@Index('ai_runs_active_bot_id_chat_id_line_idx', ['botId', 'chatId', 'line'], {
  unique: true,
  where: `state IN ('building', 'requesting', 'streaming')`,
})
@Index('ai_runs_open_bot_id_chat_id_trigger_seq_idx', ['botId', 'chatId', 'triggerSeq'], {
  where: `state IN ('queued', 'building', 'requesting', 'streaming')`,
})
@Index('ai_runs_open_provider_idx', ['provider'], {
  where: `state IN ('queued', 'building', 'requesting', 'streaming') AND provider <> ''`,
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

  /** The message that is answered. */
  @Column('text')
  triggerId: string;

  @Column('bigint')
  triggerSeq: number;

  /** 1, and one more each time that somebody wants another answer. */
  @Column('integer', { default: 1 })
  attempt: number;

  /** The answer of the attempt before goes on; else it is given anew. */
  @Column('boolean', { default: false })
  isContinued: boolean;

  /** Runs of one line of a chat are served one after the other. Empty, unless the bot answers everything at once. */
  @Column('text', { default: '' })
  line: string;

  /** Who has asked. */
  @Column('text')
  userId: string;

  @Column('text', { default: 'queued' })
  state: RunState;

  /** Why it ended so. Empty for a plain success. */
  @Column('text', { default: '' })
  reason: string;

  /** Set by whoever wants the run to stop; the worker that has it looks here once a second. */
  @Column('text', { default: '' })
  stopReason: string;

  /** Who stopped it, if a person did. */
  @Column('text', { default: '' })
  stoppedBy: string;

  /** When a worker may take it; later than now after a fault. */
  @Column('timestamptz', { default: () => 'now()' })
  dueAt: Date;

  /** By which key it is answered, unreadably: so many runs of one key are under way at a time. */
  @Column('text', { default: '' })
  provider: string;

  /** Since when nothing but the number of runs under way has kept it from being one of them. */
  @Column('timestamptz', { nullable: true })
  slotWantedAt: Date | null;

  /** Which worker has it: a fence that turns away the late writes of one that was thought dead. */
  @Column('text', { nullable: true })
  leaseToken: string | null;

  @Column('timestamptz', { nullable: true })
  leaseUntil: Date | null;

  /** How many workers have begun it. */
  @Column('integer', { default: 0 })
  tries: number;

  /** The answer, once there is one. */
  @Column('text', { nullable: true })
  messageId: string | null;

  @Column('text', { default: '' })
  model: string;

  /** The host of the model's server; which key is used is not told. */
  @Column('text', { default: '' })
  host: string;

  /** SHA-256 of what was asked, by which recordings are found. */
  @Column('text', { default: '' })
  requestHash: string;

  @Column('jsonb', { default: {} })
  paramsSent: Record<string, unknown>;

  /** Parameters that the model does not take. */
  @Column('text', { array: true, default: '{}' })
  paramsDropped: string[];

  @Column('text', { array: true, default: '{}' })
  contextIds: string[];

  /** The name of the request in the provider's own logs. */
  @Column('text', { default: '' })
  providerRequestId: string;

  /** Requests to the model. */
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

  /** The provider has not told, so it was counted here. */
  @Column('boolean', { default: false })
  isUsageEstimated: boolean;

  /** Millionths of `currency`. Null when no price is known. */
  @Column('bigint', { nullable: true })
  costMicros: number | null;

  @Column('text', { default: '' })
  currency: string;

  @Column('text', { default: '' })
  finishReason: string;

  /** What the operator should know; never a key. */
  @Column('text', { default: '' })
  errorDetail: string;

  /** Tokens set aside for this run, until it is known what it has used. */
  @Column('integer', { default: 0 })
  reservedTokens: number;

  /** The day whose budget they are of. */
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
