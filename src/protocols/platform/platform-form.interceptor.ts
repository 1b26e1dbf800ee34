import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  HttpException,
  Injectable,
  UseInterceptors,
} from '@nestjs/common';
import { NoFilesInterceptor } from '@nestjs/platform-express';
import { ApiConsumes } from '@nestjs/swagger';
import type { Request } from 'express';
import { EMPTY, type Observable } from 'rxjs';
import { inspectBody } from '../../core/http/body-inspection.js';
import { PLATFORM_CODES } from './platform-codes.js';
import { TextFields } from './platform-text.js';
import { PlatformError } from './platform.error.js';

/** Same limit as for a JSON body. */
const MAX_FIELD_BYTES = 256 * 1024;
const MAX_FIELDS = 50;
const MAX_NAME_BYTES = 100;

const LIMITS = { fields: MAX_FIELDS, parts: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, fieldNameSize: MAX_NAME_BYTES };

const FAULTS: Readonly<Record<string, PlatformError>> = {
  LIMIT_UNEXPECTED_FILE: new PlatformError(
    PLATFORM_CODES.invalid,
    'This operation accepts no files. Send text fields only.',
  ),
  LIMIT_FIELD_VALUE: new PlatformError(PLATFORM_CODES.tooLong, `A field must be at most ${MAX_FIELD_BYTES} bytes.`),
  LIMIT_FIELD_KEY: new PlatformError(PLATFORM_CODES.tooLong, `A field name must be at most ${MAX_NAME_BYTES} bytes.`),
  LIMIT_FIELD_COUNT: new PlatformError(PLATFORM_CODES.tooMany, `A form must have at most ${MAX_FIELDS} fields.`),
  LIMIT_PART_COUNT: new PlatformError(PLATFORM_CODES.tooMany, `A form must have at most ${MAX_FIELDS} fields.`),
};

/** Reads a multipart body into text fields, which the validation converts. Ignores other bodies. */
@Injectable()
class PlatformFormInterceptor extends NoFilesInterceptor({ limits: LIMITS }) {
  override async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    if (!request.is('multipart/*')) return next.handle();
    try {
      await super.intercept(context, { handle: () => EMPTY });
    } catch (error) {
      throw toPlatformError(error);
    }
    const fields = { ...(request.body as Record<string, unknown>) };
    inspectBody(fields, true);
    request.body = new TextFields(fields);
    return next.handle();
  }
}

function toPlatformError(error: unknown): unknown {
  if (!(error instanceof HttpException)) return error;
  const { code = '' } = (error.cause ?? {}) as { code?: string };
  return FAULTS[code] ?? new PlatformError(PLATFORM_CODES.notJson, `Invalid form: ${error.message}.`);
}

/** Accepts a multipart form instead of JSON. */
export const AcceptsForm = (): MethodDecorator =>
  applyDecorators(UseInterceptors(PlatformFormInterceptor), ApiConsumes('application/json', 'multipart/form-data'));
