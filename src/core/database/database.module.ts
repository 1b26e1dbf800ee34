import { Logger, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Global } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Pool } from 'pg';
import { HealthRegistry } from '../health/health-registry.js';
import { Metrics } from '../health/metrics.js';
import { Settings } from '../config/settings.js';
import { Database, statement } from './database.js';
import { dataSourceOptions } from './data-source.js';
import { DATABASE_METRICS, measurePool } from './database-metrics.js';

const PING = statement('database.ping', `SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly"`);
const CLOCK = statement('database.clock', 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now');

/** Verifiers of signatures and sessions tolerate some minutes of clock skew; a larger skew would make all of them fail. */
const MAX_SKEW_MS = 60_000;

@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Settings],
      useFactory: (settings: Settings) => ({
        ...dataSourceOptions(settings),
        autoLoadEntities: true,
        retryAttempts: 0,
      }),
    }),
  ],
  providers: [Database],
  exports: [Database],
})
export class DatabaseModule implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Database.name);
  private backgroundPool: Pool | undefined;

  constructor(
    private readonly database: Database,
    private readonly health: HealthRegistry,
    private readonly settings: Settings,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    for (const metric of DATABASE_METRICS) this.metrics.registry.registerMetric(metric);
    this.watch('request', this.database.requestPool);
    if (this.settings.ROLES.includes('worker')) {
      this.backgroundPool = this.database.openBackgroundPool();
      this.watch('background', this.backgroundPool);
    }
    this.health.register('database', () => this.checkWritable(), { critical: true });
    this.health.register('clock', () => this.checkClock(), { critical: true });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.backgroundPool?.end();
  }

  /**
   * A pool handles errors of idle connections only. A connection that breaks while it is checked out would crash the process with
   * an unhandled 'error' event, so each connection gets its own listener, and the pool one for idle connections.
   */
  private watch(name: string, pool: Pool): void {
    measurePool(name, pool);
    const report = (error: Error): void => this.logger.warn(`A database connection broke: ${error.message}`);
    pool.on('connect', (client) => void client.on('error', report));
    pool.on('error', () => undefined); // reported by the listener of the connection
  }

  /** Fails on a standby, which serves reads only, and replaces the connections to find the new primary. */
  private async checkWritable(): Promise<void> {
    const [{ isReadOnly }] = await this.database.query<{ isReadOnly: boolean }>(PING);
    if (!isReadOnly) return;
    this.database.replaceConnections();
    throw new Error('The database is read-only.');
  }

  private async checkClock(): Promise<void> {
    const [{ now }] = await this.database.query<{ now: number }>(CLOCK);
    const skewMs = Date.now() - now;
    if (Math.abs(skewMs) <= MAX_SKEW_MS) return;
    throw new Error(`The clocks of this machine and the database differ by ${Math.round(skewMs / 1000)} s.`);
  }
}
