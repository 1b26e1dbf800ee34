import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

/**
 * - `ok`: response with status 2xx
 * - `failed`: any other status; `unreachable`: no connection; `timeout`: no response in time; `too_long`: response too large
 * - `blocked`: the address is not public
 * - `bad_arguments`, `unknown_tool`, `too_many`: invalid call, so no request was sent
 * - `aborted`: the run was stopped meanwhile
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

/** A tool call of a model. It is stored before it is executed, and its result after it. */
@Entity('ai_tool_calls')
@Unique(['runId', 'round', 'position'])
export class AiToolCallEntity {
  /** Also the `webhook-id` of the request, the same for each try. */
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  @ForeignKey('AiRunEntity', { onDelete: 'CASCADE' })
  runId: string;

  /** Calls of one completion form a round. Starts at 1. */
  @Column('integer')
  round: number;

  /** Position in the round. Starts at 1. */
  @Column('integer')
  position: number;

  /** Id that the model assigned. */
  @Column('text')
  callId: string;

  /** Name of the tool. */
  @Column('text')
  tool: string;

  /** JSON, unless the model produced invalid output. Empty after erasure. */
  @Column('text')
  arguments: string;

  /** Text of the model before the calls; stored with the first call of a round. */
  @Column('text', { default: '' })
  precedingText: string;

  /** Null until the call is finished. */
  @Column('text', { nullable: true })
  outcome: ToolOutcome | null;

  /** Null without a response. */
  @Column('integer', { nullable: true })
  httpStatus: number | null;

  /** Result for the model. Null until the call is finished, and after erasure. */
  @Column('text', { nullable: true })
  result: string | null;

  /** Size of the response. */
  @Column('integer', { default: 0 })
  sizeBytes: number;

  @Column('integer', { nullable: true })
  durationMs: number | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
