import { Module } from '@nestjs/common';
import { AdministrationAdminController } from './administration.admin.controller.js';

@Module({ controllers: [AdministrationAdminController] })
export class AdministrationClientModule {}
