import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

/**
 * - `ok`: the tool has answered
 * - `failed`: with a status that is not one of success; `unreachable`: not at all; `timeout`: not in time; `too_long`: with too much
 * - `blocked`: its address is not a public one
 * - `bad_arguments`, `unknown_tool`, `too_many`: the model has asked for what cannot be had, so nobody was asked
 * - `aborted`: the answer was stopped meanwhile
 */
export const TOOL_OUTCOMES = [
  'ok',
  'failed',
  'unreachable',
  'timeout',
  'too_long',
  'blocked',
  'bad_arguments',
  'unknown_tool',
  'too_many',
  'aborted',
] as const;
export type ToolOutcome = (typeof TOOL_OUTCOMES)[number];

/** Something that a model has had done before it went on with an answer. Written down before it is done, and again after it. */
@Entity('ai_tool_calls')
@Unique(['runId', 'round', 'position'])
export class AiToolCallEntity {
  /** Also the `webhook-id` of the call, the same however often it is made. */
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  @ForeignKey('AiRunEntity', { onDelete: 'CASCADE' })
  runId: string;

  /** What was asked for at once is of one round. From 1. */
  @Column('integer')
  round: number;

  /** In its round, from 1. */
  @Column('integer')
  position: number;

  /** The model's own name of the call. */
  @Column('text')
  callId: string;

  /** Its name, as the model knows it. */
  @Column('text')
  tool: string;

  /** JSON, if the model has written it well. Empty once it is erased. */
  @Column('text')
  arguments: string;

  /** What the model has said before it asked; with the first of a round. */
  @Column('text', { default: '' })
  said: string;

  /** Null as long as it is not done. */
  @Column('text', { nullable: true })
  outcome: ToolOutcome | null;

  /** Null when no answer came. */
  @Column('integer', { nullable: true })
  httpStatus: number | null;

  /** What the model is told of it. Null as long as it is not done, and once it is erased. */
  @Column('text', { nullable: true })
  result: string | null;

  /** Bytes of the answer. */
  @Column('integer', { default: 0 })
  sizeBytes: number;

  @Column('integer', { nullable: true })
  durationMs: number | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
