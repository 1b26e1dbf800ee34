import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Inject, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Settings } from '../config/settings.js';
import { HealthRegistry } from '../health/health-registry.js';
import { BellRinger, queueByName } from './bell-ringer.js';
import { connectQueues } from './queue-connection.js';
import { QUEUE_TABLE, type QueueDefinition } from './queue-definition.js';
import { QueueMetrics } from './queue-metrics.js';

/** Provides the queues to producers of wake-ups. `QueueWorkersModule` starts the workers. */
@Module({})
export class QueueModule implements OnApplicationBootstrap {
  private readonly logger = new Logger(QueueModule.name);

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly health: HealthRegistry,
    @Inject(QUEUE_TABLE) private readonly table: readonly QueueDefinition[],
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
      providers: [BellRinger, QueueMetrics, { provide: QUEUE_TABLE, useValue: table }],
      exports: [BellRinger, QUEUE_TABLE, queues],
    };
  }

  onApplicationBootstrap(): void {
    for (const { name } of this.table) {
      const queue = queueByName(this.moduleRef, name);
      // BullMQ repeats the error in a hot loop while the backend is unavailable; `BellRinger` logs it once.
      queue.on('error', (error) => this.logger.debug(`${name}: ${error.message}`));
      this.health.register(`queue:${name}`, async () => void (await queue.getJobCounts('waiting')), {
        critical: false,
      });
    }
  }
}
