import { Get } from '@nestjs/common';
import { ServiceConfig } from '../../../core/config/service-config.js';
import { ClientController, Public } from '../client.controller.decorator.js';
import { ClientServiceInfoDto, toServiceInfo } from './service-info.client.dto.js';

/** Public information from the configuration file. */
@ClientController('Service')
export class ServiceInfoClientController {
  constructor(private readonly config: ServiceConfig) {}

  /** Get information about the service */
  @Get('service-info')
  @Public()
  getServiceInfo(): ClientServiceInfoDto {
    return toServiceInfo(this.config.service);
  }
}
