import { Column, Entity, PrimaryColumn } from 'typeorm';
import { columnList } from './entity-columns.js';

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
