import { Column, Entity, PrimaryColumn } from 'typeorm';
import { assignments, columnList, fromJson, insertRecordsInto, jsonObject } from './entity-columns.js';

@Entity('fruits')
class Fruit {
  @PrimaryColumn('text')
  id: string;

  @Column('boolean', { default: false })
  isRipe: boolean;

  @Column('text', { name: 'called', array: true })
  nicknames: string[];

  /** Not a column. */
  seeds?: number;
}

class NoEntity {}

describe('columnList', () => {
  it('lists the columns by their properties', () => {
    expect(columnList(Fruit)).toBe('id AS "id", is_ripe AS "isRipe", called AS "nicknames"');
  });

  it('prefixes the columns with the alias of the table', () => {
    expect(columnList(Fruit, 'f')).toBe('f.id AS "id", f.is_ripe AS "isRipe", f.called AS "nicknames"');
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

describe('insertRecordsInto', () => {
  it('inserts records of all columns that the database does not generate', () => {
    expect(insertRecordsInto('baskets', Basket, ['filledAt', 'id']).replace(/\s+/g, ' ')).toBe(
      'INSERT INTO baskets (id, tag_hash, fruit_ids, filled_at) SELECT * FROM jsonb_to_recordset($1::jsonb) ' +
        'AS new ("id" text, "tagHash" bytea, "fruitIds" text[], "filledAt" timestamptz) ORDER BY "filledAt", "id"',
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
