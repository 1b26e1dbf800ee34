import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Settings } from '../../../core/config/settings.js';
import { ConnectorServerInfoDto } from './server-info.connector.dto.js';

/** Clients refuse servers older than 5.5.3. */
const CONTRACT_VERSION = '5.5.5.10500';

@Controller('api/v4/server')
@ApiTags('Server')
export class ServerInfoConnectorController {
  constructor(private readonly settings: Settings) {}

  /** Tells the domain of this server, which completes the ids of users, and the version of the contract that it keeps. */
  @Get()
  show(): ConnectorServerInfoDto {
    return { product: { display_name: this.settings.SERVER_DOMAIN, version: CONTRACT_VERSION } };
  }
}
