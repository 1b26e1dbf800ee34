import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { ClientNewsPageDto } from '../../../../protocols/client/client.paging.dto.js';
import { AI_EVENT_TYPES, type AiEventType } from '../../ai-event.entity.js';

/** What a server of models has said when it was asked which it has. */
export class ClientAiTargetDto {
  /** @example gpt-4.1-mini */
  model: string;

  /** @example api.openai.com */
  host: string;

  /** Whose key it is, and its last characters. @example "server …cdef" */
  key: string;

  /** Whether it has answered, and has taken the key. @example true */
  isReachable: boolean;

  /** Whether the model is one of those that it names. Some servers name none. @example true */
  knowsModel: boolean;

  /** How many it names. Left out when it did not answer. @example 42 */
  @ApiPropertyOptional({ type: 'integer' })
  models?: number;

  /** What is wrong, in a word. Left out when nothing is. @example auth */
  failure?: string;

  /** What the server has said of it, without the key. Left out when nothing is wrong. @example "Incorrect API key provided: ***." */
  detail?: string;

  /** Milliseconds. @example 210 */
  @ApiProperty({ type: 'integer' })
  durationMs: number;
}

/** Which news of models to list. */
export class ClientListAiEventsDto extends ClientNewsPageDto {
  /** Only those of this type. @example key.refused */
  @ApiPropertyOptional({ enum: AI_EVENT_TYPES })
  @IsIn(AI_EVENT_TYPES)
  @IsOptional()
  type?: AiEventType;
}

/** News of a key, a model or a budget, for operators. Nothing is told of the same twice in a row within an hour. */
export class ClientAiEventDto {
  /** @example 42 */
  @ApiProperty({ type: 'integer' })
  id: number;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  at: number;

  /**
   * A key was refused or has no money, so that nothing can be asked by it (`key.refused`), and is good again (`key.recovered`); a model
   * is left alone after many failures, or as it asked (`model.failing`), and answers again (`model.recovered`); a model, a parameter or
   * an address of a bot cannot be used (`bot.misconfigured`); four fifths of the tokens of a day are used (`budget.low`), or all
   * (`budget.exhausted`).
   * @example key.refused
   */
  @ApiProperty({ enum: AI_EVENT_TYPES })
  type: AiEventType;

  /** The bot in whose answer it was seen. @example echo */
  botId: string;

  /** Facts: the model, its host, whose key, the run. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { model: 'gpt-4.1-mini', key: 'server …cdef' } })
  details: Record<string, string | number>;
}
