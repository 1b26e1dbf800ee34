import { HttpCode, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { ServiceConfig } from '../../../../core/config/service-config.js';
import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { CurrentActor } from '../../../../protocols/client/current-actor.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { UploadsService } from '../../uploads.service.js';
import type { ClientFileDto } from './files.client.dto.js';
import { toClientFile } from './files.client.mapper.js';
import { DocumentUpload } from './upload-documentation.decorator.js';

@BotController('Bot API: files')
export class FilesBotController {
  constructor(
    private readonly uploads: UploadsService,
    private readonly config: ServiceConfig,
  ) {}

  /**
   * Uploads files, to be attached to a message of the bot then.
   *
   * All of them are stored, or none. What no message uses within a day is removed.
   */
  @Post('files')
  @HttpCode(200)
  @DocumentUpload()
  async upload(@CurrentActor() actor: Actor, @Req() request: Request): Promise<ClientFileDto[]> {
    const rules = { maxFiles: this.config.limits.message.maxAttachedFiles };
    const { files } = await this.uploads.receive(actor, request, rules);
    return files.map(toClientFile);
  }
}
