import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type * as databaseModule from '../../src/core/database/database.js';
import { loadSqlParser, tableAccessOf } from './table-access.js';
import { FOREIGN_WRITES, READS, UPWARD_READS } from './table-reads.js';

const ROOT = resolve(__dirname, '../..');
const SOURCES = join(ROOT, 'src');

interface LocatedStatement {
  name: string;
  text: string;
  /** The file that contains it, relative to `src`. */
  file: string;
}

const mockStatements: LocatedStatement[] = [];

/** Notes which file each statement is in: that of the first caller below `src`. */
jest.mock('../../src/core/database/database.js', () => {
  const actual = jest.requireActual<typeof databaseModule>('../../src/core/database/database.js');
  return {
    ...actual,
    statement: (name: string, text: string) => {
      // Files of core/database build statements for others.
      const file =
        /\/src\/((?!core\/database\/)(?:core|modules|protocols|app)\/[^:]+):/.exec(new Error().stack!)?.[1] ?? '';
      mockStatements.push({ name, text, file });
      return actual.statement(name, text);
    },
  };
});

/** `messages` for `modules/messages/feed/feed.repository.ts`, `core` for files of core. */
const moduleOf = (file: string): string => /^modules\/([^/]+)\//.exec(file)?.[1] ?? file.split('/')[0];

const files = readdirSync(SOURCES, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /(?<!\.spec)\.ts$/.test(entry.name))
  .map((entry) => relative(SOURCES, join(entry.parentPath, entry.name)))
  .filter((file) => !file.includes('/migrations/'));
/** The text of each file without comments. */
const sources = new Map(
  files.map((file) => [file, readFileSync(join(SOURCES, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')]),
);

/** Entity classes and their tables; the owner of a table is the module that contains its entity. */
const tableOfEntity = new Map<string, string>();
const ownerOf = new Map<string, string>();
for (const [file, text] of sources) {
  for (const [, table, entity] of text.matchAll(/@Entity\('(\w+)'[\s\S]*?\bclass (\w+)/g)) {
    tableOfEntity.set(entity, table);
    ownerOf.set(table, moduleOf(file));
  }
}

const { forbidden } = jest.requireActual<{ forbidden: { name: string; to: { pathNot?: string } }[] }>(
  join(ROOT, '.dependency-cruiser.cjs'),
);
const ranked = /\((.+)\)/.exec(forbidden.find(({ name }) => name === 'modules-have-a-rank')!.to.pathNot!)![1];
const RANKS = ['core', ...ranked.split('|')];

/** Views of the system, which no module owns. */
const isSystemView = (table: string): boolean => table.startsWith('pg_');

const isDeclared = (module: string, table: string): boolean =>
  ownerOf.get(table) === module || isSystemView(table) || table in { ...READS[module], ...UPWARD_READS[module] };

const WRITE_METHODS = /^(insert|update|delete|upsert|increment|decrement|softDelete|restore)$/;
const READ_METHODS = /^(find|exists|count|createQueryBuilder|\w*[jJ]oin|from|into)/;

interface BuilderUse {
  method: string;
  table: string;
}

/** Uses of the query builder and the entity manager in a source file. Its first argument is an entity, or the name of a table. */
function builderUses(source: string): BuilderUse[] {
  const calls = [...source.matchAll(/\.(\w+)\(\s*(?:'[\w.]+',\s*(?=\w+Entity\b))?(?:(\w+Entity)\b|'(\w+)')/g)];
  return calls.flatMap(([, method, entity, name]) => {
    const table = tableOfEntity.get(entity) ?? name;
    return (WRITE_METHODS.test(method) || READ_METHODS.test(method)) && ownerOf.has(table) ? [{ method, table }] : [];
  });
}

/** Tables that the SQL in a source file names, in statements of the query builder as well. */
const tablesInSql = (source: string): string[] =>
  [...source.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)/g)]
    .map(([, table]) => table)
    .filter((table) => ownerOf.has(table));

const moduleSources = [...sources]
  .map(([file, text]) => ({ file, module: moduleOf(file), text }))
  .filter(({ module }) => RANKS.includes(module));

beforeAll(async () => {
  await loadSqlParser();
  await import('../../src/app/app.module.js');
  await import('../../src/app/worker.module.js');
});

describe('the statements of a module', () => {
  /** Calls `find` with each statement, its module, and the tables that it uses. */
  const check = (find: (module: string, access: ReturnType<typeof tableAccessOf>) => string[]): Map<string, string[]> =>
    new Map(
      mockStatements
        .map(({ name, text, file }): [string, string[]] => [name, find(moduleOf(file), tableAccessOf(text))])
        .filter(([, found]) => found.length > 0),
    );

  it('use only tables that have an entity', () => {
    const unknown = check((_module, { reads, writes, locks }) =>
      [...reads, ...writes, ...locks].filter((table) => !ownerOf.has(table) && !isSystemView(table)),
    );
    expect(unknown).toEqual(new Map());
    expect(mockStatements.length).toBeGreaterThan(300);
    expect(mockStatements.filter(({ file }) => !sources.has(file))).toEqual([]);
  });

  it('write and lock only tables of the module, except for those that FOREIGN_WRITES lists', () => {
    const foreign = check((module, { writes, locks }) =>
      [...writes, ...locks].filter((table) => ownerOf.get(table) !== module),
    );
    expect([...foreign.keys()].sort()).toEqual(Object.keys(FOREIGN_WRITES).sort());
  });

  it('read only tables of the module and those that READS declares', () => {
    const undeclared = check((module, { reads, writes }) =>
      reads.filter((table) => !isDeclared(module, table) && !writes.includes(table)),
    );
    expect(undeclared).toEqual(new Map());
  });
});

describe('READS and UPWARD_READS', () => {
  const pairs = (declared: typeof READS): [module: string, table: string][] =>
    Object.entries(declared).flatMap(([module, tables]) =>
      Object.keys(tables).map((table): [string, string] => [module, table]),
    );
  const isLower = ([module, table]: [string, string]) =>
    RANKS.indexOf(ownerOf.get(table) ?? '') < RANKS.indexOf(module);

  it('contain only tables that the module reads', () => {
    const read = new Set([
      ...mockStatements.flatMap(({ file, text }) =>
        tableAccessOf(text).reads.map((table) => `${moduleOf(file)} ${table}`),
      ),
      ...moduleSources.flatMap(({ module, text }) => tablesInSql(text).map((table) => `${module} ${table}`)),
      ...moduleSources.flatMap(({ module, text }) => builderUses(text).map(({ table }) => `${module} ${table}`)),
    ]);
    const unused = [...pairs(READS), ...pairs(UPWARD_READS)].filter((pair) => !read.has(pair.join(' ')));
    expect(unused).toEqual([]);
  });

  it('distinguish tables of lower rank from those of higher rank', () => {
    expect(pairs(READS).filter((pair) => !isLower(pair))).toEqual([]);
    expect(pairs(UPWARD_READS).filter(isLower)).toEqual([]);
  });
});

describe('the query builder', () => {
  it('writes only entities of the module, and reads only those that READS declares', () => {
    const uses = moduleSources.flatMap(({ file, module, text }) =>
      builderUses(text).map(({ method, table }) => ({ use: `${file}: ${method} ${table}`, module, method, table })),
    );
    const violations = uses.filter(({ module, method, table }) =>
      WRITE_METHODS.test(method) ? ownerOf.get(table) !== module : !isDeclared(module, table),
    );
    expect(violations.map(({ use }) => use)).toEqual([]);
    expect(uses.length).toBeGreaterThan(40);
  });

  it('contains SQL on declared tables only', () => {
    const listed = new Set(
      mockStatements
        .filter(({ name }) => name in FOREIGN_WRITES)
        .flatMap(({ file, text }) => tableAccessOf(text).writes.map((table) => `${file}: ${table}`)),
    );
    const violations = moduleSources.flatMap(({ file, module, text }) =>
      tablesInSql(text)
        .filter((table) => !isDeclared(module, table))
        .map((table) => `${file}: ${table}`)
        .filter((use) => !listed.has(use)),
    );
    expect(violations).toEqual([]);
  });

  it('has an entity as first argument of each call of `manager`, so that this check finds it', () => {
    const hidden = moduleSources.flatMap(({ file, text }) => {
      const calls = [...text.matchAll(/\bmanager\s*\.(\w+)\(\s*(\w*)/g)];
      const isHidden = /InjectRepository|getRepository|createQueryRunner/.test(text);
      return isHidden || calls.some(([, , entity]) => !tableOfEntity.has(entity)) ? [file] : [];
    });
    expect(hidden).toEqual(['core/database/database.ts']);
  });

  it('is found in source text', () => {
    expect(builderUses("manager\n .createQueryBuilder(MemberEntity, 'member')\n .innerJoin('members', 'own')")).toEqual(
      [
        { method: 'createQueryBuilder', table: 'members' },
        { method: 'innerJoin', table: 'members' },
      ],
    );
    expect(builderUses("builder.innerJoinAndMapOne('member.user', UserEntity, 'person')")).toEqual([
      { method: 'innerJoinAndMapOne', table: 'users' },
    ]);
    expect(builderUses('manager.update(ChatEntity, { id }, changes)')).toEqual([{ method: 'update', table: 'chats' }]);
    expect(tablesInSql("where('EXISTS (SELECT FROM members m JOIN waiting USING (id))')")).toEqual(['members']);
  });
});

describe('the tables of a statement', () => {
  it.each<[string, string, Partial<ReturnType<typeof tableAccessOf>>]>([
    [
      'a query',
      'SELECT 1 FROM a JOIN b USING (id), LATERAL (SELECT FROM c) x WHERE EXISTS (SELECT FROM d)',
      { reads: ['a', 'b', 'c', 'd'] },
    ],
    ['functions', 'SELECT * FROM unnest($1::text[]) AS wanted (id) JOIN a USING (id)', { reads: ['a'] }],
    ['common table expressions', 'WITH x AS (SELECT FROM a), y AS (SELECT FROM x) SELECT FROM y', { reads: ['a'] }],
    ['one that has the name of a table', 'WITH a AS (SELECT FROM a) SELECT FROM a', { reads: ['a'] }],
    [
      'one that ends before a table of its name',
      'SELECT FROM (WITH a AS (SELECT 1) SELECT FROM a) x, a',
      { reads: ['a'] },
    ],
    ['a recursive one', 'WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT FROM x) SELECT FROM x', {}],
    ['INSERT', 'INSERT INTO a SELECT FROM b ON CONFLICT DO NOTHING', { writes: ['a'], reads: ['b'] }],
    ['UPDATE', 'UPDATE a x SET n = (SELECT 1 FROM b) FROM c WHERE x.id = c.id', { writes: ['a'], reads: ['b', 'c'] }],
    ['DELETE', 'DELETE FROM a USING b WHERE a.id = b.id', { writes: ['a'], reads: ['b'] }],
    ['a write in a WITH', 'WITH x AS (DELETE FROM a RETURNING id) SELECT FROM x', { writes: ['a'] }],
    ['a lock', 'SELECT FROM a JOIN b USING (id) FOR UPDATE', { reads: ['a', 'b'], locks: ['a', 'b'] }],
    ['a lock of one table', 'SELECT FROM a x JOIN b y USING (id) FOR SHARE OF y', { reads: ['a', 'b'], locks: ['b'] }],
    ['a lock in a subquery', 'SELECT FROM (SELECT FROM a FOR NO KEY UPDATE) x', { reads: ['a'], locks: ['a'] }],
    ['FOR KEY SHARE', 'SELECT FROM a FOR KEY SHARE', { reads: ['a'] }],
    [
      'a lock of a common table expression',
      'WITH x AS (SELECT 1) SELECT FROM x, a FOR UPDATE',
      { reads: ['a'], locks: ['a'] },
    ],
  ])('are found for %s', (_case, sql, access) => {
    expect(tableAccessOf(sql)).toEqual({ reads: [], writes: [], locks: [], ...access });
  });

  it('are not found for other statements', () => {
    expect(() => tableAccessOf('TRUNCATE a')).toThrow('Unsupported statement: TruncateStmt');
  });
});
