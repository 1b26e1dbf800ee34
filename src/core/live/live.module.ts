import { Global, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { LiveBus } from './live-bus.js';
import { PostgresLiveBus } from './postgres-live-bus.js';
import { RedisLiveBus } from './redis-live-bus.js';

@Global()
@Module({
  providers: [
    {
      provide: LiveBus,
      inject: [Settings, Database],
      useFactory: (settings: Settings, database: Database) =>
        settings.REDIS_URL ? new RedisLiveBus(settings.REDIS_URL) : new PostgresLiveBus(database, settings.databaseUrl),
    },
  ],
  exports: [LiveBus],
})
export class LiveModule {}
