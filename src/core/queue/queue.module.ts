import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Inject, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Settings } from '../config/settings.js';
import { HealthRegistry } from '../health/health-registry.js';
import { WakeupPublisher, queueByName } from './wakeup-publisher.js';
import { connectQueues } from './queue-connection.js';
import { QUEUE_DEFINITIONS, type QueueDefinition } from './queue-definition.js';
import { QueueMetrics } from './queue-metrics.js';

/** Provides the queues to producers of wake-ups. `QueueWorkersModule` starts the workers. */
@Module({})
export class QueueModule implements OnApplicationBootstrap {
  private readonly logger = new Logger(QueueModule.name);

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly health: HealthRegistry,
    @Inject(QUEUE_DEFINITIONS) private readonly table: readonly QueueDefinition[],
  ) {}

  /** @param table all queues of the program */
  static forRoot(table: readonly QueueDefinition[]): DynamicModule {
    const queues = BullModule.registerQueue(...table.map(({ name }) => ({ name })));
    return {
      module: QueueModule,
      global: true,
      imports: [
        BullModule.forRootAsync({
          inject: [Settings],
          useFactory: connectQueues,
          extraOptions: { manualRegistration: true },
        }),
        queues,
      ],
      providers: [WakeupPublisher, QueueMetrics, { provide: QUEUE_DEFINITIONS, useValue: table }],
      exports: [WakeupPublisher, QUEUE_DEFINITIONS, queues],
    };
  }

  onApplicationBootstrap(): void {
    for (const { name } of this.table) {
      const queue = queueByName(this.moduleRef, name);
      // BullMQ repeats the error in a hot loop while the backend is unavailable; `WakeupPublisher` logs it once.
      queue.on('error', (error) => this.logger.debug(`${name}: ${error.message}`));
      this.health.register(`queue:${name}`, async () => void (await queue.getJobCounts('waiting')), {
        critical: false,
      });
    }
  }
}
