import type { MigrationInterface, QueryRunner } from 'typeorm';

/** AI bots that were made before anybody answered for them hear what is said from now on. */
export class OpenAiLanes1795900002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      WITH opened AS (
        INSERT INTO lanes (endpoint_id, chat_id, bot_id, cursor_seq)
        SELECT endpoint.id, member.chat_id, endpoint.bot_id, chat.last_seq
        FROM bot_endpoints endpoint
        JOIN members member ON member.user_id = endpoint.bot_id AND member.state = 'joined'
        JOIN chats chat ON chat.id = member.chat_id
        WHERE endpoint.transport = 'ai'
        ON CONFLICT DO NOTHING
        RETURNING chat_id
      )
      UPDATE chats SET lane_count = lane_count + opened.count
      FROM (SELECT chat_id, count(*) AS count FROM opened GROUP BY chat_id) opened
      WHERE chats.id = opened.chat_id
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      WITH closed AS (
        DELETE FROM lanes USING bot_endpoints endpoint
        WHERE endpoint.id = lanes.endpoint_id AND endpoint.transport = 'ai'
        RETURNING chat_id
      )
      UPDATE chats SET lane_count = lane_count - closed.count
      FROM (SELECT chat_id, count(*) AS count FROM closed GROUP BY chat_id) closed
      WHERE chats.id = closed.chat_id
    `);
  }
}
