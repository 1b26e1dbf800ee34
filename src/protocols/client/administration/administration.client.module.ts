import { Module } from '@nestjs/common';
import { ClientKitModule } from '../client-kit.module.js';
import { AdministrationAdminController } from './administration.admin.controller.js';

@Module({ imports: [ClientKitModule], controllers: [AdministrationAdminController] })
export class AdministrationClientModule {}
