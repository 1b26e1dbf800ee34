import { Column, Entity, Generated, PrimaryColumn } from 'typeorm';
import { columnList, entityOf, insertInto, insertValues } from './entity-columns.js';

@Entity('fruits')
class Fruit {
  @PrimaryColumn('text')
  id: string;

  @Column('bigint')
  @Generated('increment')
  num: number;

  @Column('boolean', { default: false })
  isRipe: boolean;

  @Column('text', { name: 'called', array: true })
  nicknames: string[];

  @Column('bytea', { nullable: true })
  photoEncrypted: Buffer | null;

  /** Of no column. */
  seeds?: number;
}

class Nothing {}

describe('columnList', () => {
  it('lists the columns by their properties', () => {
    expect(columnList(Fruit)).toBe(
      'id AS "id", num AS "num", is_ripe AS "isRipe", called AS "nicknames", photo_encrypted AS "photoEncrypted"',
    );
  });

  it('adds the table alias and the prefix of the result', () => {
    expect(columnList(Fruit, { from: 'f', as: 'fruit' })).toMatch(/^f\.id AS "fruit\.id", f\.num AS "fruit\.num", /);
  });

  it('rejects a class without columns', () => {
    expect(() => columnList(Nothing)).toThrow('Nothing has no columns.');
  });
});

describe('insertInto', () => {
  it('writes all columns that the database does not generate', () => {
    expect(insertInto(Fruit, 'ON CONFLICT DO NOTHING')).toBe(
      'INSERT INTO fruits (id, is_ripe, called, photo_encrypted) SELECT * FROM jsonb_to_recordset($1::jsonb) ' +
        'AS new ("id" text, "isRipe" boolean, "nicknames" text[], "photoEncrypted" bytea) ON CONFLICT DO NOTHING',
    );
  });

  it('writes bytes in hexadecimal', () => {
    const fruit = { id: 'a', num: 1, isRipe: true, nicknames: ['x'], photoEncrypted: Buffer.from([1, 255]), seeds: 3 };
    expect(JSON.parse(insertValues(Fruit, [fruit]))).toEqual([
      { id: 'a', isRipe: true, nicknames: ['x'], photoEncrypted: '\\x01ff' },
    ]);
  });
});

describe('entityOf', () => {
  it('extracts an entity from a row with several', () => {
    const row = { 'fruit.id': 'a', 'fruit.isRipe': true, 'tree.id': 'b', id: 'c' };
    const fruit = entityOf(Fruit, row, 'fruit');
    expect(fruit).toBeInstanceOf(Fruit);
    expect(fruit).toMatchObject({ id: 'a', isRipe: true });
    expect(entityOf(Fruit, row).id).toBe('c');
  });
});
