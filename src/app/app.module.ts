import { type DynamicModule, Module } from '@nestjs/common';
import { HealthHttpModule } from '../core/health/health.module.js';
import { ClientApiModule } from './client-api.module.js';
import { ConnectorApiModule } from './connector-api.module.js';
import { coreModules } from './core.modules.js';
import { DemoModule } from './demo/demo.module.js';
import { DOMAIN_MODULES } from './domain.modules.js';
import { ProtocolErrorFilter } from './protocol-error.filter.js';
import { PlatformApiModule } from './platform-api.module.js';
import type { AppSettings } from './settings.js';
import { WorkerModule } from './worker.module.js';

/** Express matches routes in the order of their declaration, so the busiest protocol comes first. */
const API_MODULES = [ClientApiModule, PlatformApiModule, ConnectorApiModule];

/**
 * Root module of a process: the domain modules, and the modules of its roles.
 *
 * - `api`: the protocols
 * - `worker`: the queue processors and the sweeper
 */
@Module({})
export class AppModule {
  static forRoot(settings: AppSettings): DynamicModule {
    const isApi = settings.ROLES.includes('api');
    return {
      module: AppModule,
      imports: [
        ...coreModules(settings),
        HealthHttpModule,
        ...DOMAIN_MODULES,
        ...(isApi ? API_MODULES : []),
        ...(isApi && settings.NODE_ENV === 'development' ? [DemoModule] : []),
        ...(settings.ROLES.includes('worker') ? [WorkerModule] : []),
      ],
      providers: [ProtocolErrorFilter],
    };
  }
}
