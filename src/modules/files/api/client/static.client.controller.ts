import { Controller, Get, Param, Req, Res, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ClientErrorFilter } from '../../../../protocols/client/client-error.filter.js';
import { STATIC_FOLDER } from '../../files-writer.js';
import { StaticFiles } from './static.client.js';

/** Files by their paths, which nobody can guess: who has one was given it. So there is no session to ask for. */
@Controller(STATIC_FOLDER)
@UseFilters(new ClientErrorFilter())
@ApiTags('Files')
export class StaticClientController {
  constructor(private readonly files: StaticFiles) {}

  @Get(':folder/:name')
  @ApiOperation({
    summary: 'Sends a file, or a part of it.',
    description:
      'Pictures are shown in place; everything else is saved. What is at a path never changes, so it may be kept for ever.',
  })
  @ApiParam({ name: 'folder', description: 'The part of its `path` behind `static`.', example: 'images' })
  @ApiParam({
    name: 'name',
    description: 'The last part of its `path`.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b.png',
  })
  @ApiProduces('application/octet-stream')
  @ApiResponse({ status: 200, description: 'The whole file.' })
  @ApiResponse({ status: 206, description: 'The bytes that the header `Range` asks for: one range at a time.' })
  @ApiResponse({ status: 304, description: 'The caller has it already.' })
  @ApiResponse({ status: 400, description: 'The path is not valid percent-encoded UTF-8, or holds a NUL character.' })
  @ApiResponse({ status: 404, description: 'File not found.' })
  @ApiResponse({ status: 416, description: 'There are no such bytes, or several ranges were asked for.' })
  send(
    @Param('folder') folder: string,
    @Param('name') name: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    return this.files.send(`${STATIC_FOLDER}/${folder}/${name}`, request, response);
  }
}
