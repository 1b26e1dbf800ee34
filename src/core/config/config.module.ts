import { type DynamicModule, Module } from '@nestjs/common';
import { loadServiceConfig, ServiceConfig } from './service-config.js';
import { Settings } from './settings.js';

/** Gives the validated settings to everybody. They are read once, before Nest starts, by `main.ts` and `worker.ts`. */
@Module({})
export class ConfigModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: Settings, useValue: settings },
        { provide: ServiceConfig, useFactory: () => loadServiceConfig(settings.CONFIG_FILE) },
      ],
      exports: [Settings, ServiceConfig],
    };
  }
}
