import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChatsModule } from '../chats/index.js';
import { AttemptEntity } from './attempt.entity.js';
import { Bells } from './bells.js';
import { BodyEraser } from './body-eraser.js';
import { DeliveryEntity } from './delivery.entity.js';
import { LaneOpener } from './lane-opener.js';
import { LaneEntity } from './lane.entity.js';
import { DeliveryEventEntity } from './delivery-event.entity.js';
import { EndpointHealthEntity } from './endpoint-health.entity.js';
import { EndpointHealthRepository } from './endpoint-health.repository.js';
import { LaneLeases } from './lane-leases.js';
import { LanesRepository } from './lanes.repository.js';

/** The half that every process has: lanes are opened, and bells rung. The lanes are served in `worker/`. */
@Module({
  imports: [
    ChatsModule,
    TypeOrmModule.forFeature([LaneEntity, DeliveryEntity, AttemptEntity, EndpointHealthEntity, DeliveryEventEntity]),
  ],
  providers: [LanesRepository, LaneLeases, EndpointHealthRepository, LaneOpener, BodyEraser, Bells],
  exports: [LanesRepository, LaneLeases, EndpointHealthRepository, Bells],
})
export class DeliveriesModule {}
