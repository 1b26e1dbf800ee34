import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from '../core/config/config.module.js';
import type { Settings } from '../core/config/settings.js';
import { CryptoModule } from '../core/crypto/crypto.module.js';
import { DatabaseModule } from '../core/database/database.module.js';
import { EventsModule } from '../core/events/events.module.js';
import { HealthHttpModule } from '../core/health/health-http.module.js';
import { HealthModule } from '../core/health/health.module.js';
import { LiveModule } from '../core/live/live.module.js';
import { QueueModule } from '../core/queue/queue.module.js';
import { ClientApiModule } from './client-api.module.js';
import { DemoModule } from './demo/demo.module.js';
import { DOMAIN_MODULES } from './domain.modules.js';
import { PlatformApiModule } from './platform-api.module.js';
import { FaceErrorFilter } from './face-error.filter.js';
import { QUEUES } from './queues.js';
import { WorkerModule } from './worker.module.js';

const API_MODULES = [PlatformApiModule, ClientApiModule];

/**
 * One process of Parley: the domain, which every process has, and what its roles add to it.
 *
 * - `api`: the faces
 * - `worker`: the processors of the queues and the sweeper
 */
@Module({})
export class AppModule {
  static forRoot(settings: Settings): DynamicModule {
    const isApi = settings.ROLES.includes('api');
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(settings),
        HealthModule,
        HealthHttpModule,
        CryptoModule,
        DatabaseModule,
        EventsModule,
        LiveModule,
        QueueModule.forRoot(QUEUES),
        ...DOMAIN_MODULES,
        ...(isApi ? API_MODULES : []),
        ...(isApi && settings.NODE_ENV === 'development' ? [DemoModule] : []),
        ...(settings.ROLES.includes('worker') ? [WorkerModule] : []),
      ],
      providers: [FaceErrorFilter],
    };
  }
}
