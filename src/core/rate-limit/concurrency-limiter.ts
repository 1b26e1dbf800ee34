import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { newId } from '../crypto/ids.js';
import { Database, statement } from '../database/database.js';
import { runPeriodically } from '../timing/run-periodically.js';
import { StoreTimeout } from './store-timeout.js';
import { type ConcurrencyLimit, concurrencyLimitExceeded } from './rate-limit.js';

/** A killed process keeps its slots for this time. */
const LEASE_SECONDS = 20;
const RENEW_EVERY_MS = 5000;
/** Slots of a process whose lease expired this long ago are deleted; if the process is still alive, it inserts them again. */
const FORGET_SECONDS = 300;

const LOCK_KEYS = statement(
  'slots.lock_keys',
  `SELECT pg_advisory_xact_lock(hashtextextended(k.key, 0)) FROM unnest($1::text[]) AS k (key)`,
);
const ACQUIRE = statement(
  'slots.acquire',
  `WITH wanted AS (SELECT w.id, w.key, w.max FROM unnest($1::text[], $2::text[], $3::int[]) AS w (id, key, max)),
        full_keys AS (
          SELECT w.key FROM wanted w
          WHERE w.max <= (SELECT count(*) FROM slots s JOIN slot_holders h ON h.id = s.holder_id
                          WHERE s.key = w.key AND h.lease_until > now() AND s.id <> ALL($1::text[]))),
        acquired AS (
          INSERT INTO slots (id, key, holder_id)
          SELECT w.id, w.key, $4 FROM wanted w WHERE NOT EXISTS (SELECT 1 FROM full_keys)
          ON CONFLICT (id) DO NOTHING)
   SELECT key FROM full_keys`,
);
const RELEASE = statement('slots.release', `DELETE FROM slots WHERE id = ANY($1::text[])`);
const RENEW = statement(
  'slot_holders.renew',
  `INSERT INTO slot_holders (id, lease_until) VALUES ($1, now() + $2 * interval '1 second')
   ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until`,
);
/** Synchronizes the table with the process, after an outage or a crash of the database. */
const SYNCHRONIZE = statement(
  'slots.synchronize',
  `WITH held AS (SELECT w.id, w.key FROM unnest($1::text[], $2::text[]) AS w (id, key)),
        gone AS (DELETE FROM slots s WHERE s.holder_id = $3 AND s.id <> ALL($1::text[]) AND s.id <> ALL($4::text[]))
   INSERT INTO slots (id, key, holder_id) SELECT id, key, $3 FROM held ON CONFLICT (id) DO NOTHING`,
);
const FORGET = statement(
  'slot_holders.forget',
  `WITH gone AS (DELETE FROM slot_holders WHERE lease_until < now() - $1 * interval '1 second' RETURNING id)
   DELETE FROM slots s USING gone WHERE s.holder_id = gone.id`,
);
const LEAVE = statement(
  'slot_holders.leave',
  `WITH gone AS (DELETE FROM slot_holders WHERE id = $1) DELETE FROM slots WHERE holder_id = $1`,
);

/** A request for a slot of this limit for this key. */
export type SlotRequest = readonly [limit: ConcurrencyLimit, key: string];

/** Slots that a caller holds. */
export interface HeldSlots {
  /** Releases the slots; a second call does nothing. */
  release(): void;
}

interface Slot {
  id: string;
  key: string;
  max: number;
  limit: ConcurrencyLimit;
}

/**
 * Limits concurrent use over all processes: a slot is a row that counts as long as its process renews its lease. The rows are in
 * PostgreSQL, also if Redis counts the rates. While the database is unavailable, each process counts its own slots.
 */
@Injectable()
export class ConcurrencyLimiter implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(ConcurrencyLimiter.name);
  private readonly holderId = newId();
  /** Keys of the slots of this process, by slot id. */
  private readonly held = new Map<string, string>();
  /** Ids of slots that are being written. */
  private readonly pending = new Set<string>();
  private readonly counts = new Map<string, number>();
  private readonly storeTimeout = new StoreTimeout();
  private stopRenewing: (() => Promise<void>) | undefined;

  constructor(private readonly database: Database) {}

  async onModuleInit(): Promise<void> {
    await this.database.query(RENEW, [this.holderId, LEASE_SECONDS]);
    this.stopRenewing = runPeriodically({
      what: 'Renewing slots',
      everyMs: RENEW_EVERY_MS,
      logger: this.logger,
      work: () => this.renew(),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stopRenewing?.();
    await this.database.query(LEAVE, [this.holderId]).catch((error: Error) => this.logger.debug(error.message));
  }

  /**
   * Acquires one slot for each request, or none at all. Must not be called inside of a transaction.
   *
   * @throws DomainError rate_limited, with the code of the exhausted limit
   */
  async acquire(...requests: SlotRequest[]): Promise<HeldSlots> {
    const slots = requests
      .filter(([{ max }]) => max > 0)
      .map(([limit, key]) => ({ id: newId(), key: `${limit.name}/${key}`, max: limit.max, limit }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)); // locks are taken in one order
    if (slots.length === 0) return { release: () => undefined };
    const crowded = slots.find(({ key, max }) => (this.counts.get(key) ?? 0) >= max);
    if (crowded) throw concurrencyLimitExceeded(crowded.limit);
    slots.forEach((slot) => this.begin(slot));
    const full = await this.write(slots);
    slots.forEach(({ id }) => this.pending.delete(id));
    if (full === undefined) {
      for (const { id, key } of slots) this.held.set(id, key);
      return { release: () => this.release(slots) };
    }
    slots.forEach(({ key }) => this.countDown(key));
    throw concurrencyLimitExceeded(slots.find(({ key }) => key === full)!.limit);
  }

  /** @returns the key without a free slot; undefined if the slots are acquired or the database is unavailable */
  private async write(slots: readonly Slot[]): Promise<string | undefined> {
    const keys = slots.map(({ key }) => key);
    const values = [slots.map(({ id }) => id), keys, slots.map(({ max }) => max), this.holderId];
    try {
      const [, full] = await this.storeTimeout.run(() =>
        this.database.pipeline<[object[], { key: string }[]]>([LOCK_KEYS, [keys]], [ACQUIRE, values]),
      );
      return full[0]?.key;
    } catch (error) {
      this.logger.debug(`Counting slots in memory: ${(error as Error).message}`);
      return undefined;
    }
  }

  private begin({ id, key }: Slot): void {
    this.pending.add(id);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  private countDown(key: string): void {
    const left = this.counts.get(key)! - 1;
    if (left === 0) this.counts.delete(key);
    else this.counts.set(key, left);
  }

  private release(slots: readonly Slot[]): void {
    const mine = slots.filter(({ id }) => this.held.delete(id));
    mine.forEach(({ key }) => this.countDown(key));
    if (mine.length === 0) return;
    const ids = mine.map(({ id }) => id);
    // The next renewal deletes a row that remains.
    this.storeTimeout
      .run(() => this.database.pool.query({ ...RELEASE, values: [ids] }))
      .catch((error: Error) => this.logger.debug(`Slots will be released later: ${error.message}`));
  }

  private async renew(): Promise<void> {
    await this.database.query(RENEW, [this.holderId, LEASE_SECONDS]);
    await this.database.query(SYNCHRONIZE, [
      [...this.held.keys()],
      [...this.held.values()],
      this.holderId,
      [...this.pending],
    ]);
    await this.database.query(FORGET, [FORGET_SECONDS]);
  }
}
