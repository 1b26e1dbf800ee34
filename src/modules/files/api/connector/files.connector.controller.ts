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
      description: 'The link is invalid or the file does not exist.',
    }),
    ApiResponse({ status: 416, description: 'The range is outside the file.' }),
  );

/** Uploads and downloads of the connector over HTTP. They need no credential. */
@Controller(SIGNED_FILES_PATH)
@UseFilters(new FilesConnectorFilter())
@ApiTags('Files')
export class FilesConnectorController {
  constructor(
    private readonly uploads: TaskUploadsService,
    private readonly files: FilesService,
    private readonly responder: FileResponder,
  ) {}

  /**
   * Upload a file
   *
   * @remarks Accepts the file of an upload task as the part `file`, with an optional part `preview`.
   */
  @Post()
  @HttpCode(200)
  @ApiConsumes('multipart/form-data')
  @ApiHeader({
    name: 'Upload-Task-Id',
    required: true,
    description: 'Id returned by `uploadFile`. Valid once, for ten minutes.',
  })
  @ApiResponse({
    status: 400,
    type: ConnectorFileErrorDto,
    description: 'The form is invalid, or the file does not match the task.',
  })
  @ApiResponse({ status: 404, type: ConnectorFileErrorDto, description: 'The task does not exist or was used.' })
  @ApiResponse({ status: 429, type: ConnectorFileErrorDto, description: 'Too many concurrent uploads.' })
  @ApiResponse({ status: 503, type: ConnectorFileErrorDto, description: 'File storage is unavailable.' })
  async uploadFile(
    @Headers('upload-task-id') taskId: string | undefined,
    @Req() request: Request,
  ): Promise<ConnectorUploadDto> {
    return toConnectorUpload(await this.uploads.receive(taskId ?? '', request));
  }

  @Get(':id')
  @LinkErrors()
  @ApiOperation({ summary: 'Download a file by its signed link' })
  downloadFile(
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return this.send(id, 'file', query, request, response);
  }

  @Get(':id/preview')
  @LinkErrors()
  @ApiOperation({ summary: 'Download a preview by its signed link' })
  downloadPreview(
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
