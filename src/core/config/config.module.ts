import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigReloader } from './config-reloader.js';
import { loadServiceConfig, ServiceConfig } from './service-config.js';
import type { SettingsClass } from './join-settings.js';
import type { Settings } from './settings.js';

/** Provides the validated settings globally. `main.ts` and `worker.ts` read the environment once, before Nest starts; the settings file can be reloaded. */
@Module({})
export class ConfigModule {
  /** @param parts the classes under each of which the one instance is injected */
  static forRoot(settings: Settings, parts: readonly SettingsClass[]): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        ...parts.map((provide) => ({ provide, useValue: settings })),
        { provide: ServiceConfig, useFactory: () => loadServiceConfig(settings.CONFIG_FILE) },
        ConfigReloader,
      ],
      exports: [...parts, ServiceConfig, ConfigReloader],
    };
  }
}
