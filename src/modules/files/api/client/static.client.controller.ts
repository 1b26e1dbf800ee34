import { Controller, Get, Injectable, Param, Req, Res, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ClientErrorDto } from '../../../../protocols/client/client-responses.dto.js';
import { ClientErrorFilter } from '../../../../protocols/client/client-error.filter.js';
import { STATIC_FOLDER } from '../../files-writer.js';
import { FilesService } from '../../files.service.js';
import { FileResponder } from '../../http/file-responder.js';

/** Sends the file or the preview that is stored at a path. */
@Injectable()
export class StaticFiles {
  constructor(
    private readonly files: FilesService,
    private readonly responder: FileResponder,
  ) {}

  /** @throws DomainError as `FilesService.getByPath`, `FileResponder.send` */
  async send(path: string, request: Request, response: Response): Promise<void> {
    const file = await this.files.getByPath(path);
    await this.responder.send(file, path === file.path ? 'file' : 'preview', request, response);
  }
}

/** Serves files by path. Paths cannot be guessed, so no session is required. */
@Controller(STATIC_FOLDER)
@UseFilters(new ClientErrorFilter())
@ApiTags('Files')
export class StaticClientController {
  constructor(private readonly files: StaticFiles) {}

  @Get(':folder/:name')
  @ApiOperation({
    summary: 'Download a file',
    description:
      'Images are sent inline, all other files as attachments. The content of a path never changes, so it can be cached indefinitely. Supports one byte range per request.',
  })
  @ApiParam({ name: 'folder', description: 'The folder in the `path` of the file, after `static`.', example: 'images' })
  @ApiParam({
    name: 'name',
    description: 'The last segment of the `path` of the file.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b.png',
  })
  @ApiResponse({ status: 200, description: 'The complete file.' })
  @ApiResponse({ status: 206, description: 'The requested byte range.' })
  @ApiResponse({ status: 304, description: 'The file is unchanged.' })
  @ApiResponse({
    status: 400,
    type: ClientErrorDto,
    description: 'The path is not valid percent-encoded UTF-8, or contains a NUL character.',
  })
  @ApiResponse({ status: 404, type: ClientErrorDto, description: 'File not found.' })
  @ApiResponse({ status: 416, description: 'The range cannot be satisfied, or the request has several ranges.' })
  downloadFile(
    @Param('folder') folder: string,
    @Param('name') name: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return this.files.send(`${STATIC_FOLDER}/${folder}/${name}`, request, response);
  }
}
