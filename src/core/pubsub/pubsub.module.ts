import { Global, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { PubSub } from './pubsub.js';
import { PostgresPubSub } from './postgres-pubsub.js';

@Global()
@Module({
  providers: [
    {
      provide: PubSub,
      inject: [Settings, Database],
      useFactory: async (settings: Settings, database: Database) => {
        if (!settings.REDIS_URL) return new PostgresPubSub(database, settings.directDatabaseUrl);
        const { RedisPubSub } = await import('./redis-pubsub.js'); // loaded only if needed
        return new RedisPubSub(settings.REDIS_URL);
      },
    },
  ],
  exports: [PubSub],
})
export class PubSubModule {}
