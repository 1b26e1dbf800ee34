import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { ClientNumberedPageDto } from '../../../../protocols/client/client.paging.dto.js';
import { AI_EVENT_TYPES, type AiEventType } from '../../providers/alerts/ai-event.entity.js';

/** Result of the connection test of one model. */
export class ClientAiTargetDto {
  /** Name of the model. @example gpt-4.1-mini */
  model: string;

  /** Host of the model server. @example api.openai.com */
  host: string;

  /** Owner of the API key (`bot` or `server`) and its last characters. @example "server …cdef" */
  key: string;

  /** Whether the server responded and accepted the key. @example true */
  isReachable: boolean;

  /** Whether the server lists the model. Some servers list none. @example true */
  knowsModel: boolean;

  /** Number of models that the server lists. Absent without a response. @example 42 */
  @ApiPropertyOptional({ type: 'integer' })
  models?: number;

  /** Kind of the failure. Absent on success. @example auth */
  failure?: string;

  /** Error message of the server, without the key. Absent on success. @example "Incorrect API key provided: ***." */
  detail?: string;

  /** Duration of the test in milliseconds. @example 210 */
  @ApiProperty({ type: 'integer' })
  durationMs: number;
}

/** Filter for AI events. */
export class ClientListAiEventsDto extends ClientNumberedPageDto {
  /** Only events of this type. @example key.refused */
  @ApiPropertyOptional({ enum: AI_EVENT_TYPES })
  @IsIn(AI_EVENT_TYPES)
  @IsOptional()
  type?: AiEventType;
}

/** An alert about a key, a model or a budget. The same alert is not repeated within an hour. */
export class ClientAiEventDto {
  /** Id of the event. @example 42 */
  @ApiProperty({ type: 'integer' })
  id: number;

  /** Time of the event in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  at: number;

  /**
   * `key.refused`: a key is invalid or has no quota; `key.recovered`: it works again. `model.failing`: requests to a model are suspended
   * after repeated failures or a long `retry-after`; `model.recovered`: it works again. `bot.misconfigured`: a model, a parameter or an
   * address of a bot cannot be used. `budget.low`: 80 % of the daily tokens of a bot are used; `budget.exhausted`: all are used.
   * @example key.refused
   */
  @ApiProperty({ enum: AI_EVENT_TYPES })
  type: AiEventType;

  /** The bot whose run caused the event. @example echo */
  botId: string;

  /** Details such as the model, its host, the key and the run. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { model: 'gpt-4.1-mini', key: 'server …cdef' } })
  details: Record<string, string | number>;
}
