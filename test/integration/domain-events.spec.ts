import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Settings } from '../../src/core/config/settings.js';
import { Database, statement } from '../../src/core/database/database.js';
import { DatabaseModule } from '../../src/core/database/database.module.js';
import { DomainEvent } from '../../src/core/events/domain-event.js';
import { DomainEvents, EventsModule } from '../../src/core/events/domain-events.js';
import { OnDomainEvent } from '../../src/core/events/on-domain-event.decorator.js';
import { HealthModule } from '../../src/core/health/health.module.js';
import { createTestDatabase, runSql, type TestDatabase } from '../support/databases.js';
import { testSettings } from '../support/settings.js';

const WRITE = statement('test.write', 'INSERT INTO facts (what) VALUES ($1)');

class CupFilled extends DomainEvent {
  constructor(readonly size: number) {
    super();
  }
}

class CupBroken extends DomainEvent {}

/** Listeners of both phases, with configurable failures. */
@Injectable()
class CupListener {
  readonly calls: string[] = [];
  faultIn: 'nothing' | 'the transaction' | 'the other listener' | 'a handler' | 'an async handler' = 'nothing';

  constructor(private readonly database: Database) {}

  @OnDomainEvent(CupFilled, 'in-transaction')
  async record({ size }: CupFilled): Promise<void> {
    await this.database.query(WRITE, [`a cup of ${size}`]);
    if (this.faultIn === 'the transaction') throw new Error('the pen is empty');
  }

  @OnDomainEvent(CupFilled, 'in-transaction')
  async count({ size }: CupFilled): Promise<void> {
    if (this.faultIn === 'the other listener') throw new Error('cannot count');
    if (size > 2) await this.database.query(WRITE, [`${size} counted`]);
  }

  @OnDomainEvent(CupFilled, 'after-commit')
  serve({ size }: CupFilled): void {
    this.calls.push(`serve ${size}, in transaction: ${this.database.inTransaction}`);
    if (this.faultIn === 'a handler') throw new Error('stumbled');
  }

  @OnDomainEvent(CupFilled, 'after-commit')
  async smile(): Promise<void> {
    await nextTurn();
    if (this.faultIn === 'an async handler') throw new Error('not today');
    this.calls.push('smile');
  }

  @OnDomainEvent(CupBroken, 'after-commit')
  sweep(): void {
    this.calls.push('sweep');
  }
}

@Module({ providers: [CupListener] })
class CafeModule {}

describe('DomainEvents on PostgreSQL', () => {
  let testDatabase: TestDatabase;
  let module: TestingModule;
  let database: Database;
  let events: DomainEvents;
  let listener: CupListener;
  let error: jest.SpyInstance;

  beforeAll(async () => {
    testDatabase = await createTestDatabase('events');
    await runSql(testDatabase.url, 'CREATE TABLE facts (what text NOT NULL)');
    const settings = { provide: Settings, useValue: testSettings({ DATABASE_URL: testDatabase.url }) };
    const settingsModule = { module: class {}, global: true, providers: [settings], exports: [settings] };
    module = await Test.createTestingModule({
      imports: [settingsModule, HealthModule, DatabaseModule, EventsModule, CafeModule],
    }).compile();
    await module.init();
    [database, events, listener] = [module.get(Database), module.get(DomainEvents), module.get(CupListener)];
    error = jest.spyOn(events['logger'], 'error').mockReturnValue();
  });

  beforeEach(async () => {
    await runSql(testDatabase.url, 'TRUNCATE facts');
    listener.calls.length = 0;
    listener.faultIn = 'nothing';
    error.mockClear();
  });

  afterAll(async () => {
    await module.close();
    await testDatabase.drop();
  });

  const facts = async (): Promise<string[]> =>
    (await runSql<{ what: string }>(testDatabase.url, 'SELECT what FROM facts ORDER BY what')).map(({ what }) => what);

  const fillCup = (): Promise<void> =>
    database.transaction(async () => {
      await database.query(WRITE, ['filled']);
      await events.publish(new CupFilled(2));
      expect(listener.calls).toEqual([]);
    });

  it('rejects events outside of a transaction', async () => {
    await expect(events.publish(new CupFilled(1))).rejects.toThrow('CupFilled was published outside of a transaction.');
    expect(await facts()).toEqual([]);
  });

  it('calls in-transaction listeners in the transaction, and the others after the commit', async () => {
    await fillCup();
    await nextTurn();
    await nextTurn();
    expect(await facts()).toEqual(['a cup of 2', 'filled']);
    expect(listener.calls).toEqual(['serve 2, in transaction: false', 'smile']);
  });

  it('rolls back when an in-transaction listener fails', async () => {
    listener.faultIn = 'the transaction';
    await expect(fillCup()).rejects.toThrow('the pen is empty');
    await nextTurn();
    expect(await facts()).toEqual([]);
    expect(listener.calls).toEqual([]);
  });

  it('rolls back the writes of a listener when a concurrent one fails', async () => {
    listener.faultIn = 'the other listener';
    await expect(fillCup()).rejects.toThrow('cannot count');
    await nextTurn();
    expect(await facts()).toEqual([]);
    expect(listener.calls).toEqual([]);
  });

  it('calls no after-commit listener after a rollback', async () => {
    const work = async (): Promise<void> => {
      await events.publish(new CupFilled(3));
      throw new Error('spilt');
    };
    await expect(database.transaction(work)).rejects.toThrow('spilt');
    await nextTurn();
    expect(await facts()).toEqual([]);
    expect(listener.calls).toEqual([]);
  });

  it.each(['a handler', 'an async handler'] as const)(
    'logs the failure of %s after the commit, and calls the other listeners',
    async (fault) => {
      listener.faultIn = fault;
      await fillCup();
      await nextTurn();
      await nextTurn();
      expect(await facts()).toEqual(['a cup of 2', 'filled']);
      expect(listener.calls).toContain('serve 2, in transaction: false');
      expect(error).toHaveBeenCalledTimes(1);
      expect(error).toHaveBeenCalledWith(
        expect.stringContaining('A listener of CupFilled failed after the commit'),
        expect.any(String),
      );
    },
  );

  it('calls only the listeners of the event', async () => {
    await database.transaction(() => events.publish(new CupBroken()));
    expect(listener.calls).toEqual(['sweep']);
    expect(await facts()).toEqual([]);
  });
});
