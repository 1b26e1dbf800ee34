import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { TOOL_OUTCOMES, type ToolOutcome } from '../../tools/tool-call.entity.js';

const OUTCOMES = [...TOOL_OUTCOMES, 'open'] as const;

/** Something that a model has asked of a tool before it went on with an answer. */
export class ClientAiToolCallDto {
  /** Also the `webhook-id` that the tool has seen. @example call_01hc7akt8z3w2a5ayfcrvkfy52 */
  id: string;

  /** What was asked for at once is of one round. From 1. @example 1 */
  @ApiProperty({ type: 'integer' })
  round: number;

  /** @example get_weather */
  tool: string;

  /**
   * The tool has answered (`ok`), with a status that is not one of success (`failed`), with too much (`too_long`), not in time
   * (`timeout`), or not at all (`unreachable`); its address is not a public one (`blocked`); the model has asked for what cannot be had
   * (`bad_arguments`, `unknown_tool`, `too_many`); the answer was stopped meanwhile (`aborted`); nothing came of it yet (`open`).
   * @example ok
   */
  @ApiProperty({ enum: OUTCOMES })
  outcome: ToolOutcome | 'open';

  /** Left out when no answer came. @example 200 */
  @ApiPropertyOptional({ type: 'integer' })
  httpStatus?: number;

  /** Bytes of the answer. @example 42 */
  @ApiProperty({ type: 'integer' })
  sizeBytes: number;

  /** Milliseconds. Left out as long as nothing came of it. @example 120 */
  @ApiPropertyOptional({ type: 'integer' })
  durationMs?: number;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  createdAt: number;

  /** JSON, if the model has written it well. Only where `AI_DEBUG_STORE` is on; shown for 7 days. */
  @ApiPropertyOptional({ example: '{"city":"Oslo"}' })
  arguments?: string;

  /** What the model was told. Only where `AI_DEBUG_STORE` is on; shown for 7 days. @example "-3 °C, snow" */
  result?: string;
}
