import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { FixedAnswer } from '../../core/http/fixed-answer.js';
import { PlatformEmptyDto } from './platform-error.dto.js';

const EMPTY = new FixedAnswer({} satisfies PlatformEmptyDto);

/** For operations that have nothing to tell: once what was asked for is done, they answer `{}`. */
export const AnswersEmpty = (): MethodDecorator =>
  applyDecorators(UseInterceptors(EMPTY), ApiOkResponse({ type: PlatformEmptyDto }));
