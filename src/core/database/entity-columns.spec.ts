import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columnList, defaultsOf, insertInto, insertRecords, updateById } from './entity-columns.js';

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

describe('defaultsOf', () => {
  it('returns the values that the database sets, and a copy of each', () => {
    const defaults = defaultsOf(Fruit);
    expect(defaults).toEqual({ isRipe: false, nicknames: [], notes: null });
    expect(defaultsOf(Fruit).nicknames).not.toBe(defaults.nicknames);
  });
});
