import { Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import { ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { LinkTarget } from '../../file-links.js';
import { FilesService, SIGNED_FILES_PATH } from '../../files.service.js';
import { FileResponder } from '../../http/file-responder.js';
import { TaskUploadsService } from '../../task-uploads.service.js';
import type { ConnectorUploadDto } from './files.connector.dto.js';
import { FilesConnectorFilter } from './files.connector.filter.js';

/** The part of the connector's contract that goes over plain HTTP: bots bring files here, and fetch them, without any credential. */
@Controller(SIGNED_FILES_PATH)
@UseFilters(new FilesConnectorFilter())
@ApiTags('Files')
export class FilesConnectorController {
  constructor(
    private readonly uploads: TaskUploadsService,
    private readonly files: FilesService,
    private readonly responder: FileResponder,
  ) {}

  /** Takes the one file of an upload task: the part `file`, and maybe a part `preview`. */
  @Post()
  @HttpCode(200)
  @ApiConsumes('multipart/form-data')
  async upload(
    @Headers('upload-task-id') taskId: string | undefined,
    @Req() request: Request,
  ): Promise<ConnectorUploadDto> {
    const { temporalFileId } = await this.uploads.receive(taskId ?? '', request);
    return { temporalFileId };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Sends the file that a signed link leads to.' })
  file(
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return this.send(id, 'file', query, request, response);
  }

  @Get(':id/preview')
  @ApiOperation({ summary: 'Sends the preview that a signed link leads to.' })
  preview(
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return this.send(id, 'preview', query, request, response);
  }

  private async send(
    id: string,
    target: LinkTarget,
    query: Record<string, unknown>,
    request: Request,
    response: Response,
  ): Promise<void> {
    const file = await this.files.getByLink(id, target, query);
    await this.responder.send(file, target, request, response);
  }
}
