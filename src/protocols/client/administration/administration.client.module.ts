import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../client-protocol.module.js';
import { AdministrationAdminController } from './administration.admin.controller.js';
import { ConfigAdministration } from './config-administration.js';

@Module({
  imports: [ClientProtocolModule],
  controllers: [AdministrationAdminController],
  providers: [ConfigAdministration],
})
export class AdministrationClientModule {}
