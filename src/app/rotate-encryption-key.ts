import pg from 'pg';
import { Encryptor } from '../core/crypto/encryptor.js';

const BATCH = 500;

/** Columns with encrypted bytes, in all tables. */
const ENCRYPTED_COLUMNS = `
  SELECT format('%I', table_name) AS "table", format('%I', column_name) AS "column" FROM information_schema.columns
  WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name ~ '(^|_)(sealed|encrypted)$'
  ORDER BY 1, 2`;
/** JSON fields with encrypted text in base64. */
const ENCRYPTED_FIELD = /(Sealed|Encrypted)$/;

/**
 * Re-encrypts all stored secrets with another key in one transaction: a fault or a crash changes nothing. No process of Parley may run
 * meanwhile, since it would write values encrypted with the old key.
 *
 * @returns the number of re-encrypted values
 * @throws Error when a value cannot be decrypted with the old key
 */
export async function rotateEncryptionKey(databaseUrl: string, oldKey: string, newKey: string): Promise<number> {
  const [from, to] = [new Encryptor(oldKey), new Encryptor(newKey)];
  const reencrypt = (value: Buffer): Buffer => to.encrypt(from.decrypt(value));
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await client.query('BEGIN');
    let count = 0;
    const { rows: columns } = await client.query<{ table: string; column: string }>(ENCRYPTED_COLUMNS);
    for (const { table, column } of columns) {
      count += await rewrite<Buffer>(client, table, column, 'bytea', (value) => [reencrypt(value), 1]);
    }
    count += await rewrite<object>(client, 'bot_endpoints', 'ai', 'jsonb', (settings) =>
      reencryptFields(settings, reencrypt),
    );
    await client.query('COMMIT');
    return count;
  } finally {
    await client.end();
  }
}

/** @param change returns the new value and the number of re-encrypted secrets in it */
async function rewrite<Value>(
  client: pg.Client,
  table: string,
  column: string,
  type: string,
  change: (value: Value) => [Buffer | string, number],
): Promise<number> {
  await client.query(`LOCK TABLE ${table} IN EXCLUSIVE MODE`);
  await client.query(
    `DECLARE rows CURSOR FOR SELECT ctid, ${column} AS value FROM ${table} WHERE ${column} IS NOT NULL`,
  );
  let count = 0;
  for (;;) {
    const { rows } = await client.query<{ ctid: string; value: Value }>(`FETCH ${BATCH} FROM rows`);
    if (rows.length === 0) break;
    const changed = rows.map(({ value }) => change(value));
    await client.query(
      `UPDATE ${table} SET ${column} = new.value FROM unnest($1::tid[], $2::${type}[]) AS new (id, value) WHERE ${table}.ctid = new.id`,
      [rows.map(({ ctid }) => ctid), changed.map(([value]) => value)],
    );
    count += changed.reduce((sum, [, secrets]) => sum + secrets, 0);
  }
  await client.query('CLOSE rows');
  return count;
}

function reencryptFields(settings: object, reencrypt: (value: Buffer) => Buffer): [string, number] {
  let count = 0;
  const text = JSON.stringify(settings, (name, value: unknown) => {
    if (typeof value !== 'string' || !ENCRYPTED_FIELD.test(name)) return value;
    count++;
    return reencrypt(Buffer.from(value, 'base64')).toString('base64');
  });
  return [text, count];
}
