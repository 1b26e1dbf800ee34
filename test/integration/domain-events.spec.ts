import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Settings } from '../../src/core/config/settings.js';
import { Database, statement } from '../../src/core/database/database.js';
import { DatabaseModule } from '../../src/core/database/database.module.js';
import { DomainEvent } from '../../src/core/events/domain-event.js';
import { DomainEvents } from '../../src/core/events/domain-events.js';
import { EventsModule } from '../../src/core/events/events.module.js';
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

/** A listener of each phase, whose faults can be switched on. */
@Injectable()
class Waiter {
  readonly heard: string[] = [];
  faultIn: 'nothing' | 'the transaction' | 'the other listener' | 'an answer' | 'a promise' = 'nothing';

  constructor(private readonly database: Database) {}

  @OnDomainEvent(CupFilled, 'in-transaction')
  async writeDown({ size }: CupFilled): Promise<void> {
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
    this.heard.push(`serve ${size}, in transaction: ${this.database.inTransaction}`);
    if (this.faultIn === 'an answer') throw new Error('stumbled');
  }

  @OnDomainEvent(CupFilled, 'after-commit')
  async smile(): Promise<void> {
    await nextTurn();
    if (this.faultIn === 'a promise') throw new Error('not today');
    this.heard.push('smile');
  }

  @OnDomainEvent(CupBroken, 'after-commit')
  sweep(): void {
    this.heard.push('sweep');
  }
}

@Module({ providers: [Waiter] })
class CafeModule {}

describe('DomainEvents, on a real Postgres', () => {
  let testDatabase: TestDatabase;
  let module: TestingModule;
  let database: Database;
  let events: DomainEvents;
  let waiter: Waiter;
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
    [database, events, waiter] = [module.get(Database), module.get(DomainEvents), module.get(Waiter)];
    error = jest.spyOn(events['logger'], 'error').mockReturnValue();
  });

  beforeEach(async () => {
    await runSql(testDatabase.url, 'TRUNCATE facts');
    waiter.heard.length = 0;
    waiter.faultIn = 'nothing';
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
      expect(waiter.heard).toEqual([]);
    });

  it('may be published in a transaction only', async () => {
    await expect(events.publish(new CupFilled(1))).rejects.toThrow('CupFilled was published outside of a transaction.');
    expect(await facts()).toEqual([]);
  });

  it('lets listeners write in the transaction, and calls the others once it is committed and over', async () => {
    await fillCup();
    await nextTurn();
    await nextTurn();
    expect(await facts()).toEqual(['a cup of 2', 'filled']);
    expect(waiter.heard).toEqual(['serve 2, in transaction: false', 'smile']);
  });

  it('undoes all when a listener in the transaction fails', async () => {
    waiter.faultIn = 'the transaction';
    await expect(fillCup()).rejects.toThrow('the pen is empty');
    await nextTurn();
    expect(await facts()).toEqual([]);
    expect(waiter.heard).toEqual([]);
  });

  it('undoes what a listener has written when another fails, which has begun with it', async () => {
    waiter.faultIn = 'the other listener';
    await expect(fillCup()).rejects.toThrow('cannot count');
    await nextTurn();
    expect(await facts()).toEqual([]);
    expect(waiter.heard).toEqual([]);
  });

  it('tells nobody of what was undone afterwards', async () => {
    const work = async (): Promise<void> => {
      await events.publish(new CupFilled(3));
      throw new Error('spilt');
    };
    await expect(database.transaction(work)).rejects.toThrow('spilt');
    await nextTurn();
    expect(await facts()).toEqual([]);
    expect(waiter.heard).toEqual([]);
  });

  it.each(['an answer', 'a promise'] as const)(
    'is not harmed by %s of an after-commit listener going wrong',
    async (fault) => {
      waiter.faultIn = fault;
      await fillCup();
      await nextTurn();
      await nextTurn();
      expect(await facts()).toEqual(['a cup of 2', 'filled']);
      expect(waiter.heard).toContain('serve 2, in transaction: false');
      expect(error).toHaveBeenCalledTimes(1);
      expect(error).toHaveBeenCalledWith(
        expect.stringContaining('A listener of CupFilled failed after the commit'),
        expect.any(String),
      );
    },
  );

  it('reaches those who listen to this event, and no others', async () => {
    await database.transaction(() => events.publish(new CupBroken()));
    expect(waiter.heard).toEqual(['sweep']);
    expect(await facts()).toEqual([]);
  });
});
