import { Module } from '@nestjs/common';
import { ClientKitModule } from '../../../../protocols/client/client-kit.module.js';
import { UsersModule } from '../../users.module.js';
import { ClientLogins } from './logins.client.js';
import { UsersAdminController } from './users.admin.controller.js';
import { UsersClientController } from './users.client.controller.js';

@Module({
  imports: [UsersModule, ClientKitModule],
  controllers: [UsersClientController, UsersAdminController],
  providers: [ClientLogins],
})
export class UsersClientModule {}
