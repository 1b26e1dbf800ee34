import type { MigrationInterface, QueryRunner } from 'typeorm';

const BATCH = 10_000;

/**
 * Which members are bots, and how far a chat's log was dispatched: so that cursors can be made when they are needed. All cursors of
 * the time before are there, so those that are missing from now on start at the logs' present ends.
 */
export class NoteDispatches1796020000100 implements MigrationInterface {
  /** In batches, each of its own: senders wait for a chat that is being changed. What is interrupted is begun anew. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE members ADD COLUMN IF NOT EXISTS is_bot boolean NOT NULL DEFAULT false`);
    await runner.query(`ALTER TABLE chats ADD COLUMN IF NOT EXISTS dispatched_seq bigint NOT NULL DEFAULT 0`);
    // Processes of the version before count a chat's cursors here, and dispatch no chat that has none.
    await runner.query(`ALTER TABLE chats ALTER lane_count SET DEFAULT 1`);
    await inBatches((after) =>
      runner.query(
        `WITH page AS (SELECT id FROM bots WHERE id > $1 ORDER BY id LIMIT 500), marked AS (
           UPDATE members SET is_bot = true FROM page WHERE members.user_id = page.id AND NOT is_bot)
         SELECT max(id) AS last FROM page`,
        [after],
      ),
    );
    await inBatches((after) =>
      runner.query(
        `WITH page AS (SELECT id FROM chats WHERE id > $1 ORDER BY id LIMIT ${BATCH} FOR NO KEY UPDATE), changed AS (
           UPDATE chats SET dispatched_seq = last_seq, lane_count = greatest(lane_count, 1) FROM page WHERE chats.id = page.id)
         SELECT max(id) AS last FROM page`,
        [after],
      ),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE chats SET lane_count = (SELECT count(*) FROM lanes WHERE lanes.chat_id = chats.id)`);
    await runner.query(`ALTER TABLE chats ALTER lane_count SET DEFAULT 0`);
    await runner.query(`ALTER TABLE chats DROP COLUMN dispatched_seq`);
    await runner.query(`ALTER TABLE members DROP COLUMN is_bot`);
  }
}

async function inBatches(batch: (after: string) => Promise<unknown>): Promise<void> {
  for (let after: string | null = ''; after !== null;) {
    const [{ last }] = (await batch(after)) as { last: string | null }[];
    after = last;
  }
}
