import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigReloader } from './config-reloader.js';
import { loadServiceConfig, ServiceConfig } from './service-config.js';
import { Settings } from './settings.js';

/** Gives the validated settings to everybody. They are read once, before Nest starts, by `main.ts` and `worker.ts`; the settings file can be read again. */
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
