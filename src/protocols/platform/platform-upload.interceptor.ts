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
/** Same limit as for a JSON body. */
const MAX_FIELD_BYTES = 256 * 1024;

/** Limit of the contract for images of users and channels. */
const MAX_IMAGE_BYTES = 5 * 1024 * 1024;

/** A stored file of a form. */
export interface PlatformStoredFile {
  readonly id: string;
  readonly path: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
}

/** Stores the files of forms. API modules that accept files bind it to the service of the files module. */
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

  /** Deletes the files of a failed request. */
  abstract discard(files: readonly PlatformStoredFile[]): Promise<void>;
}

/** Returns URLs of stored images. API modules that accept images bind it to the service of the files module. */
export abstract class PlatformImages {
  /** @throws DomainError invalid for a file that is no valid image */
  abstract urlOf(file: PlatformStoredFile): string;
}

interface UploadRequest extends PlatformRequest {
  /** Files stored by this request so far. */
  storedFiles: PlatformStoredFile[];
}

/**
 * Reads a multipart body: stores the files of the parts named `part`; the validation converts the text fields. Ignores other
 * bodies. Deletes the stored files if the request fails.
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

  /** Body fields derived from the files. */
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

function imageInterceptor(part: string, field: string): Type<NestInterceptor> {
  @Injectable()
  class ImageInterceptor extends UploadInterceptor {
    protected readonly part = part;
    protected readonly limits = { maxFiles: 1, maxFileBytes: MAX_IMAGE_BYTES };

    constructor(
      uploads: PlatformUploads,
      private readonly images: PlatformImages,
    ) {
      super(uploads);
    }

    protected override fieldsOf([image]: readonly PlatformStoredFile[]) {
      return image ? { [field]: this.images.urlOf(image) } : {};
    }
  }
  return mixin(ImageInterceptor);
}

/** Reads a form that accepts no files. */
@Injectable()
class FormInterceptor extends UploadInterceptor {
  protected readonly part = '';
  protected readonly limits = { maxFiles: 0 };
}

/** Maps exceeded form limits, and files of a form without files, to their codes. */
function toPlatformError(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  if (error.code === 'file.too_many' && error.details.limit === 0) {
    return new PlatformError(PLATFORM_CODES.invalid, 'This operation accepts no files. Send text fields only.');
  }
  if (!error.details.exceeded) return error;
  return new PlatformError(PLATFORM_CODES[error.details.exceeded === 'fields' ? 'tooMany' : 'tooLong'], error.message);
}

/** The stored files of the request. A route appends files that it stores itself, so that they are deleted if the request fails. */
export const StoredFiles = createParamDecorator(
  (_: unknown, context: ExecutionContext): PlatformStoredFile[] =>
    context.switchToHttp().getRequest<UploadRequest>().storedFiles,
);

/** Accepts a multipart form without files instead of JSON. */
export const AcceptsForm = (): MethodDecorator => accepts(FormInterceptor);

/** Accepts files: in a multipart form, or by URL in JSON. */
export const AcceptsFiles = (): MethodDecorator => accepts(FilesInterceptor);

/** Accepts an image: in the part `part` of a multipart form, or by URL in the body field `field`. */
export const AcceptsImage = (part: string, field: string): MethodDecorator => accepts(imageInterceptor(part, field));

const accepts = (interceptor: Type<NestInterceptor>): MethodDecorator =>
  applyDecorators(UseInterceptors(interceptor), ApiConsumes('application/json', 'multipart/form-data'));
