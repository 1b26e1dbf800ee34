import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { FixedAnswer } from '../../core/http/fixed-answer.js';
import { PlatformEmptyDto } from './platform-error.dto.js';

const EMPTY = new FixedAnswer({} satisfies PlatformEmptyDto);

/** Responds with `{}` after the operation. */
export const AnswersEmpty = (): MethodDecorator =>
  applyDecorators(UseInterceptors(EMPTY), ApiOkResponse({ type: PlatformEmptyDto }));
