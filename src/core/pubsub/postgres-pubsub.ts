import { setTimeout as sleep } from 'node:timers/promises';
import { type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { type Database, statement } from '../database/database.js';
import { PubSubBatch, PubSub, type PubSubMessage } from './pubsub.js';

const CHANNEL = 'parley_live';
const NOTIFY = statement('live.notify', `SELECT pg_notify('${CHANNEL}', $1)`);
const IS_READ_ONLY = `SELECT WHERE current_setting('transaction_read_only') = 'on'`;
const MAX_PAYLOAD_BYTES = 7900; // Postgres rejects notifications of 8,000 bytes
const RECONNECT_DELAY_MS = 500;
const CONNECT_TIMEOUT_MS = 5000;

/** LISTEN/NOTIFY, always outside of message transactions: NOTIFY takes a database-wide lock at the commit. */
export class PostgresPubSub extends PubSub implements OnModuleInit, OnApplicationShutdown {
  private readonly batch = new PubSubBatch(MAX_PAYLOAD_BYTES, (payload) => this.notify(payload));
  private listener: pg.Client | undefined;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly databaseUrl: string,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    // A standby sends no notifications. Ending the connection triggers a reconnect.
    this.database.onConnectionsReplaced(() => void this.listener?.end());
    await this.listen();
  }

  publish(topic: string, message: PubSubMessage): void {
    if (!this.stopped) this.batch.add({ topic, message });
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.listener?.end();
  }

  private async notify(payload: string): Promise<void> {
    try {
      // The publisher may be inside of a transaction.
      await this.database.queryOutsideTransaction(NOTIFY, [payload]);
    } catch (error) {
      this.logger.debug(`A live notification was lost: ${(error as Error).message}`);
    }
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'parley-live',
    });
    client.on('error', (error) => this.logger.warn(`The live connection broke: ${error.message}`));
    client.on('notification', ({ payload = '[]' }) => this.receive(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      if ((await client.query(IS_READ_ONLY)).rows.length > 0) throw new Error('The database is read-only.');
    } catch (error) {
      await client.end();
      throw error;
    }
    if (this.stopped) return client.end();
    // Not earlier: a client that fails to connect emits `end` as well, and each attempt would start another reconnect loop.
    client.on('end', () => void this.relisten());
    this.listener = client;
  }

  private async relisten(): Promise<void> {
    while (!this.stopped) {
      await sleep(RECONNECT_DELAY_MS, undefined, { ref: false });
      try {
        return await this.listen();
      } catch (error) {
        this.logger.debug(`The live connection is still down: ${(error as Error).message}`);
      }
    }
  }
}
