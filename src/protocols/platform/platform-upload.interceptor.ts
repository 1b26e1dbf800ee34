import type { IncomingMessage } from 'node:http';
import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  mixin,
  type NestInterceptor,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { ApiConsumes } from '@nestjs/swagger';
import { catchError, type Observable } from 'rxjs';
import { ServiceConfig } from '../../core/config/service-config.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { inspectBody } from '../../core/http/body-inspection.js';
import type { Actor } from '../../modules/auth/index.js';
import type { PlatformRequest } from './platform-actor.decorator.js';
import { PLATFORM_CODES } from './platform-codes.js';
import { TextFields } from './platform-text.js';
import { PlatformError } from './platform.error.js';

const MAX_FIELDS = 50;
/** As much for one field as for a whole JSON body. */
const MAX_FIELD_BYTES = 256 * 1024;

/** What the contract allows for the picture of a user or a channel, whatever other pictures may have. */
const MAX_PICTURE_BYTES = 5 * 1024 * 1024;

/** What a form's files are, once they are stored. */
export interface PlatformStoredFile {
  readonly id: string;
  readonly path: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
}

/** Who stores the files of forms: each slice that accepts them binds it to the files' own service. */
export abstract class PlatformUploads {
  abstract receive(
    uploader: Actor,
    request: IncomingMessage,
    rules: {
      field: string;
      maxFiles: number;
      maxFileBytes?: number;
      filesRequired: boolean;
      maxFields: number;
      maxFieldBytes: number;
    },
  ): Promise<{ files: PlatformStoredFile[]; fields: Readonly<Record<string, unknown>> }>;

  /** Takes back what was stored for a request that fails. */
  abstract discard(files: readonly PlatformStoredFile[]): Promise<void>;
}

/** Who knows where stored files can be seen: each slice that accepts pictures binds it to the files' own service. */
export abstract class PlatformPictures {
  /** @throws DomainError invalid for what cannot be a picture */
  abstract addressOf(file: PlatformStoredFile): string;
}

interface UploadRequest extends PlatformRequest {
  /** What this request has stored so far. */
  storedFiles: PlatformStoredFile[];
}

/**
 * Reads a multipart body: its files, in parts called `part`, are stored; its other fields are text, which the validation makes
 * into what they shall be. Bodies of other types it leaves alone. What was stored for a request that fails is taken back.
 */
@Injectable()
abstract class UploadInterceptor implements NestInterceptor {
  protected abstract readonly part: string;
  protected abstract readonly limits: { maxFiles: number; maxFileBytes?: number };

  constructor(private readonly uploads: PlatformUploads) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<UploadRequest>();
    request.storedFiles = [];
    if (request.is('multipart/*')) await this.readForm(request);
    return next.handle().pipe(
      catchError(async (error: unknown) => {
        await this.uploads.discard(request.storedFiles);
        throw error;
      }),
    );
  }

  private async readForm(request: UploadRequest): Promise<void> {
    const rules = {
      field: this.part,
      ...this.limits,
      filesRequired: false,
      maxFields: MAX_FIELDS,
      maxFieldBytes: MAX_FIELD_BYTES,
    };
    const { files, fields } = await this.uploads.receive(request.actor, request, rules).catch((error: unknown) => {
      throw toPlatformError(error);
    });
    request.storedFiles.push(...files);
    try {
      if (fields[this.part]) {
        throw new PlatformError(PLATFORM_CODES.invalid, `${this.part} must be a part with a file name.`);
      }
      inspectBody(fields, true);
      request.body = new TextFields({ ...fields, ...this.fieldsOf(files) });
    } catch (error) {
      await this.uploads.discard(files);
      throw error;
    }
  }

  /** What the files say in fields of the body. */
  protected fieldsOf(_files: readonly PlatformStoredFile[]): Readonly<Record<string, string>> {
    return {};
  }
}

@Injectable()
class FilesInterceptor extends UploadInterceptor {
  protected readonly part = 'file';

  constructor(
    uploads: PlatformUploads,
    private readonly config: ServiceConfig,
  ) {
    super(uploads);
  }

  protected get limits() {
    return { maxFiles: this.config.limits.message.maxAttachedFiles };
  }
}

function pictureInterceptor(part: string, field: string): Type<NestInterceptor> {
  @Injectable()
  class PictureInterceptor extends UploadInterceptor {
    protected readonly part = part;
    protected readonly limits = { maxFiles: 1, maxFileBytes: MAX_PICTURE_BYTES };

    constructor(
      uploads: PlatformUploads,
      private readonly pictures: PlatformPictures,
    ) {
      super(uploads);
    }

    protected override fieldsOf([picture]: readonly PlatformStoredFile[]) {
      return picture ? { [field]: this.pictures.addressOf(picture) } : {};
    }
  }
  return mixin(PictureInterceptor);
}

/** A form that breaks a limit has a code of its own here. */
function toPlatformError(error: unknown): unknown {
  if (!(error instanceof DomainError) || !error.details.exceeded) return error;
  return new PlatformError(PLATFORM_CODES[error.details.exceeded === 'fields' ? 'tooMany' : 'tooLong'], error.message);
}

/** The files that came with the request. What a route stores besides, it adds: a request that fails leaves none of them. */
export const StoredFiles = createParamDecorator(
  (_: unknown, context: ExecutionContext): PlatformStoredFile[] =>
    context.switchToHttp().getRequest<UploadRequest>().storedFiles,
);

/** For operations that take files: in a multipart form, or by their address in JSON. */
export const AcceptsFiles = (): MethodDecorator => accepts(FilesInterceptor);

/** For operations that take a picture: in the part `part` of a multipart form, or by its address, which is `field` of the body. */
export const AcceptsPicture = (part: string, field: string): MethodDecorator =>
  accepts(pictureInterceptor(part, field));

const accepts = (interceptor: Type<NestInterceptor>): MethodDecorator =>
  applyDecorators(UseInterceptors(interceptor), ApiConsumes('application/json', 'multipart/form-data'));
