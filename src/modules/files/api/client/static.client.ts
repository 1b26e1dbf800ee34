import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
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
