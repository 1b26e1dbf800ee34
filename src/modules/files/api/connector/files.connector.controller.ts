import {
  applyDecorators,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseFilters,
} from '@nestjs/common';
import { ApiConsumes, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { LinkTarget } from '../../file-links.js';
import { FilesService, SIGNED_FILES_PATH } from '../../files.service.js';
import { FileResponder } from '../../http/file-responder.js';
import { TaskUploadsService } from '../../task-uploads.service.js';
import { ConnectorFileErrorDto, ConnectorUploadDto } from './files.connector.dto.js';
import { FilesConnectorFilter } from './files.connector.filter.js';
import { toConnectorUpload } from './files.connector.mapper.js';

const LinkErrors = () =>
  applyDecorators(
    ApiResponse({ status: 403, type: ConnectorFileErrorDto, description: 'The link has expired.' }),
    ApiResponse({
      status: 404,
      type: ConnectorFileErrorDto,
      description: 'The link is none of ours, or the file is gone.',
    }),
    ApiResponse({ status: 416, description: 'The range lies outside of the file.' }),
  );

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
  @ApiHeader({ name: 'Upload-Task-Id', required: true, description: 'Of `uploadFile`; good once, for ten minutes.' })
  @ApiResponse({
    status: 400,
    type: ConnectorFileErrorDto,
    description: 'The form, or the file, is not what was announced.',
  })
  @ApiResponse({ status: 404, type: ConnectorFileErrorDto, description: 'There is no such task, or it was used.' })
  @ApiResponse({ status: 429, type: ConnectorFileErrorDto, description: 'Too many uploads are under way.' })
  @ApiResponse({ status: 503, type: ConnectorFileErrorDto, description: 'Files cannot be stored at the moment.' })
  async upload(
    @Headers('upload-task-id') taskId: string | undefined,
    @Req() request: Request,
  ): Promise<ConnectorUploadDto> {
    return toConnectorUpload(await this.uploads.receive(taskId ?? '', request));
  }

  @Get(':id')
  @LinkErrors()
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
  @LinkErrors()
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
