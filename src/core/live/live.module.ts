import { Global, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { LiveBus } from './live-bus.js';
import { PostgresLiveBus } from './postgres-live-bus.js';

@Global()
@Module({
  providers: [
    {
      provide: LiveBus,
      inject: [Settings, Database],
      useFactory: async (settings: Settings, database: Database) => {
        if (!settings.REDIS_URL) return new PostgresLiveBus(database, settings.directDatabaseUrl);
        const { RedisLiveBus } = await import('./redis-live-bus.js'); // loaded only if needed
        return new RedisLiveBus(settings.REDIS_URL);
      },
    },
  ],
  exports: [LiveBus],
})
export class LiveModule {}
