import type { DynamicModule, Type } from '@nestjs/common';
import { ConfigModule } from '../core/config/config.module.js';
import { CryptoModule } from '../core/crypto/crypto.module.js';
import { DatabaseModule } from '../core/database/database.module.js';
import { DeletionModule } from '../core/deletion/deletion.module.js';
import { EventsModule } from '../core/events/domain-events.js';
import { HealthModule } from '../core/health/health.module.js';
import { PubSubModule } from '../core/pubsub/pubsub.module.js';
import { RateLimitModule } from '../core/rate-limit/rate-limit.module.js';
import { QueueModule } from '../core/queue/queue.module.js';
import type { QueueDefinition } from '../core/queue/queue-definition.js';
import { QUEUES } from './queues.js';
import { AppSettings } from './settings.js';

/** The infrastructure modules of every process. */
export const coreModules = (
  settings: AppSettings,
  queues: readonly QueueDefinition[] = QUEUES,
): (DynamicModule | Type)[] => [
  ConfigModule.forRoot(settings, AppSettings.parts),
  HealthModule,
  CryptoModule,
  DatabaseModule,
  EventsModule,
  PubSubModule,
  RateLimitModule,
  QueueModule.forRoot(queues),
  DeletionModule,
];
