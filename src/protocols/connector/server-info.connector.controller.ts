import { Controller, Get, Module } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Settings } from '../../core/config/settings.js';
import { ConnectorServerInfoDto } from './server-info.connector.dto.js';

/** Clients reject servers older than 5.5.3. */
const CONTRACT_VERSION = '5.5.5.10500';

@Controller('api/v4/server')
@ApiTags('Server')
export class ServerInfoConnectorController {
  constructor(private readonly settings: Settings) {}

  /**
   * Get server information
   *
   * @remarks Returns the domain of the server, which is part of user ids, and the version of the contract.
   */
  @Get()
  getServerInfo(): ConnectorServerInfoDto {
    return { product: { display_name: this.settings.SERVER_DOMAIN, version: CONTRACT_VERSION } };
  }
}

@Module({ controllers: [ServerInfoConnectorController] })
export class ServerInfoConnectorModule {}
