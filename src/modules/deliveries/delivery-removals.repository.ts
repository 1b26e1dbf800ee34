import { Injectable } from '@nestjs/common';
import { Database, type Statement, statement, together } from '../../core/database/database.js';
import { addTasksFrom } from '../../core/deletion/deletion-tasks.js';

/** The end of a lane whose chat is removed. */
export interface RemovedLane {
  endpointId: string;
  chatId: string;
}

const REMOVE_LANES = statement(
  'delivery_removals.remove_lanes',
  addTasksFrom(
    'lane',
    `DELETE FROM lanes USING unnest($1::text[], $2::bigint[]) AS gone (chat_id, last_seq) WHERE lanes.chat_id = gone.chat_id
     RETURNING lanes.endpoint_id || ' ' || lanes.chat_id AS id, gone.last_seq AS until`,
  ),
);
// What a worker has read is among the entries behind the cursor: a turn reads pages of 20, and none after it knows of the clearing.
const CLEAR = statement(
  'delivery_removals.clear',
  `WITH concerned AS (
     SELECT endpoint_id, chat_id FROM lanes WHERE chat_id = $1 AND cursor_seq < $2 ORDER BY endpoint_id FOR NO KEY UPDATE)
   UPDATE lanes SET
     head_body = NULL,
     erased_seqs = CASE WHEN lease_token IS NULL THEN erased_seqs
                        ELSE erased_seqs || ARRAY(SELECT generate_series(cursor_seq + 1, least($2::bigint, cursor_seq + 100))) END
   FROM concerned WHERE lanes.endpoint_id = concerned.endpoint_id AND lanes.chat_id = concerned.chat_id`,
);

const TABLES = ['deliveries', 'attempts', 'redeliveries'] as const;
const ofLanes = (table: string): Statement =>
  statement(
    `delivery_removals.${table}_of_lanes`,
    `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
       SELECT row.ctid FROM unnest($1::text[], $2::text[], $3::bigint[]) AS gone (endpoint_id, chat_id, until)
       JOIN ${table} row ON row.endpoint_id = gone.endpoint_id AND row.chat_id = gone.chat_id AND row.seq <= gone.until
       LIMIT $4)) RETURNING 1`,
  );
const OF_LANES = TABLES.map(ofLanes);

/** How deliveries go whose chats or endpoints are gone. */
@Injectable()
export class DeliveryRemovalsRepository {
  constructor(private readonly database: Database) {}

  /** Nothing is delivered from these chats any more. What was delivered is removed by tasks of the kind `lane`. */
  async removeLanes(chats: readonly { chatId: string; lastSeq: number }[]): Promise<void> {
    const values = [chats.map(({ chatId }) => chatId), chats.map(({ lastSeq }) => lastSeq)];
    await this.database.query(REMOVE_LANES, values);
  }

  /** Forgets what was to be sent of a chat up to an entry, also by a worker that serves a lane just now. */
  async clear(chatId: string, untilSeq: number): Promise<void> {
    await this.database.query(CLEAR, [chatId, untilSeq]);
  }

  /** @returns how many rows are gone */
  ofLanes(lanes: readonly RemovedLane[], untils: readonly number[], limit: number): Promise<number> {
    const keys = [lanes.map(({ endpointId }) => endpointId), lanes.map(({ chatId }) => chatId), untils, limit];
    return this.count(OF_LANES, keys);
  }

  private async count(statements: readonly Statement[], values: unknown[]): Promise<number> {
    const rows = await together(statements.map((each) => this.database.query(each, values)));
    return rows.reduce((total, { length }) => total + length, 0);
  }
}
