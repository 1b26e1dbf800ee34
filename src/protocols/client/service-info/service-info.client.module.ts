import { Module } from '@nestjs/common';
import { ServiceInfoClientController } from './service-info.client.controller.js';

@Module({ controllers: [ServiceInfoClientController] })
export class ServiceInfoClientModule {}
