import { loadModule, parseSync } from 'libpg-query';

/** The tables that a statement uses, by their names. */
export interface TableAccess {
  reads: string[];
  writes: string[];
  /** Tables whose rows it locks. FOR KEY SHARE, which every foreign key takes, counts as a read. */
  locks: string[];
}

type Tree = Record<string, unknown>;

const WRITES = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];
const KINDS = ['SelectStmt', ...WRITES];

/** Loads Postgres' parser. Required before `tableAccessOf`. */
export const loadSqlParser = loadModule;

/** @throws Error for invalid SQL, and for statements other than queries and changes of rows */
export function tableAccessOf(sql: string): TableAccess {
  const trees = (parseSync(sql).stmts ?? []).map(({ stmt }) => stmt as Tree);
  const other = trees.flatMap(Object.keys).find((kind) => !KINDS.includes(kind));
  if (other) throw new Error(`Unsupported statement: ${other}`);
  const found = { reads: new Set<string>(), writes: new Set<string>(), locks: new Set<string>() };
  visit(trees, new Set(), found);
  return { reads: [...found.reads].sort(), writes: [...found.writes].sort(), locks: [...found.locks].sort() };
}

/** @param ctes names of the common table expressions that are visible here */
function visit(node: unknown, ctes: ReadonlySet<string>, found: Record<keyof TableAccess, Set<string>>): void {
  if (Array.isArray(node)) return node.forEach((item) => visit(item, ctes, found));
  if (typeof node !== 'object' || node === null) return;
  const { withClause, lockingClause, ...rest } = node as Tree;
  const visible = withClause ? visitCtes(withClause as Tree, ctes, found) : ctes;
  for (const table of lockedTables((lockingClause ?? []) as Tree[], rest.fromClause)) {
    if (!visible.has(table)) found.locks.add(table);
  }
  if (typeof rest.relname === 'string' && !visible.has(rest.relname)) found.reads.add(rest.relname);
  for (const [kind, value] of Object.entries(rest)) {
    if (!WRITES.includes(kind)) {
      visit(value, visible, found);
      continue;
    }
    const { relation, ...parts } = value as Tree & { relation: { relname: string } };
    found.writes.add(relation.relname);
    visit(parts, visible, found);
  }
}

/** A common table expression sees those before it, and itself only if it is recursive. @returns the names visible after them */
function visitCtes(
  { ctes, recursive }: Tree,
  outer: ReadonlySet<string>,
  found: Record<keyof TableAccess, Set<string>>,
): ReadonlySet<string> {
  const visible = new Set(outer);
  for (const { CommonTableExpr } of ctes as { CommonTableExpr: { ctename: string; ctequery: unknown } }[]) {
    if (recursive) visible.add(CommonTableExpr.ctename);
    visit(CommonTableExpr.ctequery, visible, found);
    visible.add(CommonTableExpr.ctename);
  }
  return visible;
}

interface RangeVar {
  relname: string;
  alias?: { aliasname: string };
}

/** A locking clause without names locks all tables of the FROM clause. */
function lockedTables(clauses: readonly Tree[], from: unknown): string[] {
  return clauses
    .map(({ LockingClause }) => LockingClause as { strength: string; lockedRels?: { RangeVar: RangeVar }[] })
    .filter(({ strength }) => strength !== 'LCS_FORKEYSHARE')
    .flatMap(({ lockedRels }) => {
      const names = lockedRels?.map(({ RangeVar }) => RangeVar.relname);
      return rangesOf(from)
        .filter(({ relname, alias }) => names?.includes(alias?.aliasname ?? relname) ?? true)
        .map(({ relname }) => relname);
    });
}

function rangesOf(node: unknown): RangeVar[] {
  if (typeof node !== 'object' || node === null) return [];
  return 'relname' in node ? [node as RangeVar] : Object.values(node).flatMap(rangesOf);
}
