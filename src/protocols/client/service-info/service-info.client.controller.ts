import { Get } from '@nestjs/common';
import { ServiceConfig } from '../../../core/config/service-config.js';
import { ClientController, Public } from '../client.controller.decorator.js';
import { ClientServiceInfoDto } from './service-info.client.dto.js';

/** How the service presents itself belongs to no module: it is what the settings file says. */
@ClientController('Service')
export class ServiceInfoClientController {
  constructor(private readonly config: ServiceConfig) {}

  /** Shows how the service presents itself. */
  @Get('service-info')
  @Public()
  show(): ClientServiceInfoDto {
    const { name, description, avatar, socials } = this.config.service;
    return {
      name,
      description,
      avatar: avatar || undefined,
      socials: socials.map(({ title, url }) => ({ title, url })),
    };
  }
}
