import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../../../../protocols/client/client-protocol.module.js';
import { DeliveriesModule } from '../../deliveries.module.js';
import { DeliveriesAdminController } from './deliveries.admin.controller.js';
import { EndpointsAdminController } from './endpoints.admin.controller.js';
import { EndpointsClientViews } from './endpoints.client.views.js';

@Module({
  imports: [DeliveriesModule, ClientProtocolModule],
  controllers: [DeliveriesAdminController, EndpointsAdminController],
  providers: [EndpointsClientViews],
})
export class DeliveriesClientModule {}
