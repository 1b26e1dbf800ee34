import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = ['signing_secret', 'previous_secret', 'authorization'];

/** Encrypted columns and fields are named after what they are. For the folder `src/modules/bots/migrations`. */
export class RenameEncryptedSecrets1796160000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const column of COLUMNS) {
      await runner.query(`ALTER TABLE bot_endpoints RENAME COLUMN ${column}_sealed TO ${column}_encrypted`);
    }
    await renameFields(runner, 'Sealed', 'Encrypted');
  }

  async down(runner: QueryRunner): Promise<void> {
    await renameFields(runner, 'Encrypted', 'Sealed');
    for (const column of COLUMNS) {
      await runner.query(`ALTER TABLE bot_endpoints RENAME COLUMN ${column}_encrypted TO ${column}_sealed`);
    }
  }
}

/** AI settings contain the keys of the model and of its fallbacks, and the secrets of the tools. */
async function renameFields(runner: QueryRunner, from: string, to: string): Promise<void> {
  const renamed = (json: string, field: string): string =>
    `(${json} - '${field}${from}' || CASE WHEN ${json} ? '${field}${from}'
      THEN jsonb_build_object('${field}${to}', ${json} -> '${field}${from}') ELSE '{}'::jsonb END)`;
  const renamedList = (list: string, field: string): string =>
    `CASE WHEN jsonb_typeof(ai -> '${list}') = 'array' THEN jsonb_build_object('${list}', coalesce((
       SELECT jsonb_agg(${renamed('item', field)} ORDER BY position)
       FROM jsonb_array_elements(ai -> '${list}') WITH ORDINALITY AS items (item, position)), '[]'::jsonb))
     ELSE '{}'::jsonb END`;
  await runner.query(
    `UPDATE bot_endpoints SET ai = ${renamed('ai', 'apiKey')} || ${renamedList('fallback', 'apiKey')}
       || ${renamedList('tools', 'secret')}
     WHERE jsonb_typeof(ai) = 'object'`,
  );
}
