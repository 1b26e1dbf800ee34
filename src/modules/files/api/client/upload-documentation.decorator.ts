import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientUploadDto } from './files.client.dto.js';

/** Documents what both doors for uploads, of people and of bots, take and refuse. */
export const DocumentUpload = (): MethodDecorator =>
  applyDecorators(
    ApiConsumes('multipart/form-data'),
    ApiBody({ type: ClientUploadDto }),
    ClientErrors({
      400: [
        'request has no multipart/form-data Content-Type',
        'No files found to upload.',
        'Too many files, max allowed amount is 10.',
        'Max allowed size for images are 2097152 bytes, but got 2097153.',
        'The file is empty.',
        'The upload ended before the end of the form that was announced.',
      ],
      413: ['You may have 5368709120 bytes stored at most; remove something first.'],
      415: ['The file is not what it is said to be: by its name it is a picture, its content is not.'],
      422: ['The image is too large to be shown: 40 million pixels at most.'],
      429: ['At most 100 uploads can be under way at a time.'],
      507: ['The server has no room for more files at the moment.'],
    }),
  );
