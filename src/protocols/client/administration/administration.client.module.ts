import { Module } from '@nestjs/common';
import { ClientKitModule } from '../client-kit.module.js';
import { AdministrationAdminController } from './administration.admin.controller.js';
import { ConfigAdministration } from './config-administration.js';

@Module({
  imports: [ClientKitModule],
  controllers: [AdministrationAdminController],
  providers: [ConfigAdministration],
})
export class AdministrationClientModule {}
