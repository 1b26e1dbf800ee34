import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { TOOL_OUTCOMES, type ToolOutcome } from '../../generation/tools/tool-call.entity.js';

const OUTCOMES = [...TOOL_OUTCOMES, 'open'] as const;

/** A tool call of a model. */
export class ClientAiToolCallDto {
  /** Id of the call, and `webhook-id` of its request. @example call_01hc7akt8z3w2a5ayfcrvkfy52 */
  id: string;

  /** Calls of one completion form a round. Starts at 1. @example 1 */
  @ApiProperty({ type: 'integer' })
  round: number;

  /** Name of the tool. @example get_weather */
  tool: string;

  /**
   * `ok`: response with status 2xx. `failed`: another status. `too_long`: response too large. `timeout`: no response in time.
   * `unreachable`: no connection. `blocked`: the address is not public. `bad_arguments`, `unknown_tool`, `too_many`: invalid call.
   * `aborted`: the run was stopped. `open`: not finished.
   * @example ok
   */
  @ApiProperty({ enum: OUTCOMES })
  outcome: ToolOutcome | 'open';

  /** HTTP status of the response. Absent without a response. @example 200 */
  @ApiPropertyOptional({ type: 'integer' })
  httpStatus?: number;

  /** Size of the response in bytes. @example 42 */
  @ApiProperty({ type: 'integer' })
  sizeBytes: number;

  /** Duration in milliseconds. Absent until the call is finished. @example 120 */
  @ApiPropertyOptional({ type: 'integer' })
  durationMs?: number;

  /** Time of the call in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  createdAt: number;

  /** Arguments as JSON, unless the model produced invalid output. Only if `AI_DEBUG_STORE` is on; kept for 7 days. */
  @ApiPropertyOptional({ example: '{"city":"Oslo"}' })
  arguments?: string;

  /** Result for the model. Only if `AI_DEBUG_STORE` is on; kept for 7 days. @example "-3 °C, snow" */
  result?: string;
}
