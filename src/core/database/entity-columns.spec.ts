import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  assignments,
  columnList,
  defaultsOf,
  fromJson,
  insertInto,
  insertRecords,
  jsonObject,
  updateById,
} from './entity-columns.js';

@Entity('fruits')
class Fruit {
  @PrimaryColumn('text')
  id: string;

  @Column('boolean', { default: false })
  isRipe: boolean;

  @Column('text', { name: 'called', array: true, default: '{}' })
  nicknames: string[];

  @Column('jsonb', { nullable: true })
  notes: object | null;

  /** Not a column. */
  seeds?: number;
}

class NoEntity {}

describe('columnList', () => {
  it('lists the columns by their properties', () => {
    expect(columnList(Fruit)).toBe('id AS "id", is_ripe AS "isRipe", called AS "nicknames", notes AS "notes"');
  });

  it('prefixes the columns with the alias of the table', () => {
    expect(columnList(Fruit, 'f')).toBe(
      'f.id AS "id", f.is_ripe AS "isRipe", f.called AS "nicknames", f.notes AS "notes"',
    );
  });

  it('rejects a class without columns', () => {
    expect(() => columnList(NoEntity)).toThrow('NoEntity has no columns.');
  });
});

@Entity('baskets')
class Basket {
  @Column('bigint', { generated: 'identity' })
  num: number;

  @PrimaryColumn('text')
  id: string;

  @Column('bytea', { nullable: true })
  tagHash: Buffer | null;

  @Column('text', { array: true })
  fruitIds: string[];

  @Column({ type: 'timestamptz', precision: 3 })
  filledAt: Date;
}

describe('insertRecords', () => {
  it('inserts records of all columns that the database does not generate', () => {
    expect(insertRecords('baskets', Basket, {}, ['filledAt', 'id']).replace(/\s+/g, ' ')).toBe(
      'INSERT INTO baskets (id, tag_hash, fruit_ids, filled_at) SELECT new."id", new."tagHash", new."fruitIds", new."filledAt" FROM jsonb_to_recordset($1::jsonb) ' +
        'AS new ("id" text, "tagHash" bytea, "fruitIds" text[], "filledAt" timestamptz) ORDER BY new."filledAt", new."id"',
    );
  });
});

describe('statements of an entity', () => {
  const expressions = { isRipe: (parameter: string) => `NOT ${parameter}` };

  it('insert a row, if a condition is true', () => {
    expect(insertInto('fruits', Fruit, { expressions, condition: 'true' })).toBe(
      'INSERT INTO fruits (id, is_ripe, called, notes) SELECT $1::text, NOT $2::boolean, $3::text[], $4::jsonb WHERE true',
    );
  });

  it('insert many rows', () => {
    expect(insertRecords('fruits', Fruit, { isRipe: 'false' }).replace(/\s+/g, ' ')).toBe(
      'INSERT INTO fruits (id, is_ripe, called, notes) SELECT new."id", false, new."nicknames", new."notes"' +
        ' FROM jsonb_to_recordset($1::jsonb) AS new ("id" text, "isRipe" boolean, "nicknames" text[], "notes" jsonb)',
    );
  });

  it('update a row', () => {
    expect(updateById('fruits', Fruit, ['nicknames', 'isRipe'])).toBe(
      'UPDATE fruits SET called = $2, is_ripe = $3 WHERE id = $1',
    );
  });
});

describe('assignments', () => {
  it('assigns an expression to each column', () => {
    expect(assignments(Basket, ['fruitIds', 'filledAt'], (_, n) => `$${n + 2}`)).toBe('fruit_ids = $2, filled_at = $3');
  });
});

describe('jsonObject and fromJson', () => {
  it('build a JSON object of a row, with bytes in hexadecimal', () => {
    expect(jsonObject(Basket, 'b')).toBe(
      "jsonb_build_object('num', b.num, 'id', b.id, 'tagHash', encode(b.tag_hash, 'hex'), 'fruitIds', b.fruit_ids, 'filledAt', b.filled_at)",
    );
  });

  it('restore bytes, times and null from JSON', () => {
    const json = { num: 1, id: 'a', tagHash: '0aff', fruitIds: ['f'], filledAt: '2026-01-02T03:04:05.006+00:00' };
    const filledAt = new Date('2026-01-02T03:04:05.006Z');
    expect(fromJson(Basket, json)).toEqual({ ...json, tagHash: Buffer.from([10, 255]), filledAt });
    expect(fromJson(Basket, { ...json, tagHash: null })).toMatchObject({ tagHash: null });
  });
});

describe('defaultsOf', () => {
  it('returns the values that the database sets, and a copy of each', () => {
    const defaults = defaultsOf(Fruit);
    expect(defaults).toEqual({ isRipe: false, nicknames: [], notes: null });
    expect(defaultsOf(Fruit).nicknames).not.toBe(defaults.nicknames);
  });
});
