import { Get } from '@nestjs/common';
import { ServiceConfig } from '../../../core/config/service-config.js';
import { ClientController, Public } from '../client.controller.decorator.js';
import { ClientServiceInfoDto } from './service-info.client.dto.js';
import { toServiceInfo } from './service-info.client.mapper.js';

/** How the service presents itself belongs to no module: it is what the settings file says. */
@ClientController('Service')
export class ServiceInfoClientController {
  constructor(private readonly config: ServiceConfig) {}

  /** Shows how the service presents itself. */
  @Get('service-info')
  @Public()
  show(): ClientServiceInfoDto {
    return toServiceInfo(this.config.service);
  }
}
