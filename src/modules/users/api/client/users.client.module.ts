import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../../../../protocols/client/client-protocol.module.js';
import { UsersModule } from '../../users.module.js';
import { ClientLogins } from './logins.client.js';
import { UsersAdminController, UsersClientController } from './users.client.controller.js';

@Module({
  imports: [UsersModule, ClientProtocolModule],
  controllers: [UsersClientController, UsersAdminController],
  providers: [ClientLogins],
})
export class UsersClientModule {}
