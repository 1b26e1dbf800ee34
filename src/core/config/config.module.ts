import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigReloader } from './config-reloader.js';
import { loadServiceConfig, ServiceConfig } from './service-config.js';
import { Settings } from './settings.js';

/** Provides the validated settings globally. `main.ts` and `worker.ts` read the environment once, before Nest starts; the settings file can be reloaded. */
@Module({})
export class ConfigModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: Settings, useValue: settings },
        { provide: ServiceConfig, useFactory: () => loadServiceConfig(settings.CONFIG_FILE) },
        ConfigReloader,
      ],
      exports: [Settings, ServiceConfig, ConfigReloader],
    };
  }
}
