import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { StaticResponse } from '../../core/http/static-response.js';
import { PlatformEmptyDto } from './platform-error.dto.js';

const EMPTY = new StaticResponse({} satisfies PlatformEmptyDto);

/** Responds with `{}` after the operation. */
export const EmptyResponse = (): MethodDecorator =>
  applyDecorators(UseInterceptors(EMPTY), ApiOkResponse({ type: PlatformEmptyDto }));
