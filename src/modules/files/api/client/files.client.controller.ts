import { HttpCode, Injectable, Post, Req, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { Request } from 'express';
import { ServiceConfig } from '../../../../core/config/service-config.js';
import { ClientErrors } from '../../../../protocols/client/client-errors.decorator.js';
import { ClientController, BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { UploadsService } from '../../uploads.service.js';
import { type ClientFileDto, ClientUploadDto } from './files.client.dto.js';
import { toClientFiles, toFormRules } from './files.client.mapper.js';
import { UploadSlotsInterceptor } from './upload-slots.interceptor.js';

/** Uploads by users and bots. */
@Injectable()
export abstract class ParticipantFilesController {
  constructor(
    private readonly uploads: UploadsService,
    private readonly config: ServiceConfig,
  ) {}

  /**
   * Upload files
   *
   * @remarks Stores all files or none. A file that no message uses within a day is deleted.
   */
  @Post('files')
  @HttpCode(200)
  @UseInterceptors(UploadSlotsInterceptor)
  @ApiConsumes('multipart/form-data')
  @ApiBody({ type: ClientUploadDto })
  @ClientErrors({
    400: [
      'request has no multipart/form-data Content-Type',
      'No files found to upload.',
      ['file.too_many', 'Too many files, max allowed amount is 10.'],
      ['file.too_large', 'Max allowed size for images are 2097152 bytes, but got 2097153.'],
      ['file.empty', 'The file is empty.'],
      ['file.upload_incomplete', 'The upload ended before the end of the form.'],
    ],
    413: [['file.quota_exceeded', 'Stored files must be at most 5368709120 bytes in total. Delete some files first.']],
    415: [['file.type_mismatch', 'The content does not match the declared type image/png.']],
    422: [['file.image_too_large', 'Image must have at most 40 million pixels.']],
    429: [
      ['file.too_many_uploads_of_user', 'Too many uploads of this user: at most 50 at the same time.'],
      ['file.too_many_uploads_from_address', 'Too many uploads from this address: at most 80 at the same time.'],
      ['file.too_many_uploads', 'At most 100 uploads can be in progress at a time.'],
    ],
    507: [['file.no_space', 'The server has no space for more files.']],
  })
  async uploadFiles(@CurrentActor() actor: Actor, @Req() request: Request): Promise<ClientFileDto[]> {
    return toClientFiles(await this.uploads.receive(actor, request, toFormRules(this.config.limits.message)));
  }
}

@ClientController('Files')
export class FilesClientController extends ParticipantFilesController {}

@BotController('Files')
export class FilesBotController extends ParticipantFilesController {}
