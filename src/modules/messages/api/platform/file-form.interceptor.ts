import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiConsumes } from '@nestjs/swagger';
import { catchError, type Observable } from 'rxjs';
import { ServiceConfig } from '../../../../core/config/service-config.js';
import { DomainError } from '../../../../core/errors/domain.error.js';
import { inspectBody } from '../../../../core/http/body-inspection.js';
import { PLATFORM_CODES } from '../../../../protocols/platform/platform-codes.js';
import type { PlatformRequest } from '../../../../protocols/platform/platform-actor.decorator.js';
import { TextFields } from '../../../../protocols/platform/platform-text.js';
import { PlatformError } from '../../../../protocols/platform/platform.error.js';
import { type FileEntity, UploadsService } from '../../../files/index.js';

const MAX_FIELDS = 50;
/** As much for one field as for a whole JSON body. */
const MAX_FIELD_BYTES = 256 * 1024;

interface FileFormRequest extends PlatformRequest {
  /** What this request has stored so far. */
  storedFiles: FileEntity[];
}

/**
 * Reads a multipart body: its files, in parts called `file`, are stored; its other fields are text, which the validation makes
 * into what they shall be. Bodies of other types it leaves alone. What was stored for a request that fails is taken back.
 */
@Injectable()
class FileFormInterceptor implements NestInterceptor {
  constructor(
    private readonly uploads: UploadsService,
    private readonly config: ServiceConfig,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FileFormRequest>();
    request.storedFiles = [];
    if (request.is('multipart/*')) await this.readForm(request);
    return next.handle().pipe(
      catchError(async (error: unknown) => {
        await this.uploads.discard(request.storedFiles);
        throw error;
      }),
    );
  }

  private async readForm(request: FileFormRequest): Promise<void> {
    const rules = {
      maxFiles: this.config.limits.message.maxAttachedFiles,
      filesRequired: false,
      maxFields: MAX_FIELDS,
      maxFieldBytes: MAX_FIELD_BYTES,
    };
    const { files, fields } = await this.uploads.receive(request.actor, request, rules).catch((error: unknown) => {
      throw toPlatformError(error);
    });
    request.storedFiles.push(...files);
    try {
      if (fields.file) throw new PlatformError(PLATFORM_CODES.invalid, 'file must be a part with a file name.');
      inspectBody(fields, true);
    } catch (error) {
      await this.uploads.discard(files);
      throw error;
    }
    request.body = new TextFields(fields);
  }
}

/** A form that breaks a limit has a code of its own here. */
function toPlatformError(error: unknown): unknown {
  if (!(error instanceof DomainError) || !error.details.exceeded) return error;
  return new PlatformError(PLATFORM_CODES[error.details.exceeded === 'fields' ? 'tooMany' : 'tooLong'], error.message);
}

/** The files that came with the request. What a route stores besides, it adds: a request that fails leaves none of them. */
export const StoredFiles = createParamDecorator(
  (_: unknown, context: ExecutionContext): FileEntity[] =>
    context.switchToHttp().getRequest<FileFormRequest>().storedFiles,
);

/** For operations that take files: in a multipart form, or by their address in JSON. */
export const AcceptsFiles = (): MethodDecorator =>
  applyDecorators(UseInterceptors(FileFormInterceptor), ApiConsumes('application/json', 'multipart/form-data'));
