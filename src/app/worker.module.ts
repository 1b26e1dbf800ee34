import { Module } from '@nestjs/common';
import { DeletionWorkerModule } from '../core/deletion/worker/deletion.worker.module.js';
import { QueueWorkersModule } from '../core/queue/queue-workers.module.js';
import { AiTransport } from '../modules/ai/worker/ai-transport.js';
import { AiWorkerModule } from '../modules/ai/worker/ai.worker.module.js';
import { ConnectorTransport, ConnectorWorkerModule } from '../modules/connector/worker/connector-transport.js';
import { DeliveriesWorkerModule } from '../modules/deliveries/worker/deliveries.worker.module.js';
import { FilesWorkerModule } from '../modules/files/worker/files.worker.module.js';
import { renderClientCallback } from '../modules/messages/api/client/messages.client.mapper.js';
import {
  renderPlatformCallback,
  renderPlatformMembership,
} from '../modules/messages/api/platform/messages.platform.callback.js';

/** The modules of the worker role. The deliveries module knows no protocol, so the body formats are injected here. */
@Module({
  imports: [
    DeliveriesWorkerModule.forRoot({
      bodyFormats: { platform: renderPlatformCallback, client: renderClientCallback },
      membershipFormats: { platform: renderPlatformMembership },
      transports: {
        imports: [AiWorkerModule, ConnectorWorkerModule],
        classes: { ai: AiTransport, connector: ConnectorTransport },
      },
    }),
    FilesWorkerModule,
    DeletionWorkerModule,
    AiWorkerModule,
    QueueWorkersModule,
  ],
})
export class WorkerModule {}
