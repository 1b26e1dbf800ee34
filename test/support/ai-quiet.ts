import { runSql } from './databases.js';
import { waitFor } from './wait-for.js';

/** Waits until all messages of a chat are delivered to its AI bots and every run has finished. */
export async function untilAiIsQuiet(databaseUrl: string, chatId: string): Promise<void> {
  const underWay = `
    SELECT endpoint_id FROM lanes JOIN chats ON chats.id = chat_id JOIN bot_endpoints ON bot_endpoints.id = endpoint_id
    WHERE chat_id = '${chatId}' AND transport = 'ai' AND cursor_seq < last_seq
    UNION ALL
    SELECT id FROM ai_runs WHERE chat_id = '${chatId}' AND state IN ('queued', 'building', 'requesting', 'streaming')`;
  await waitFor(async () => (await runSql(databaseUrl, underWay)).length === 0, { what: 'the runs to finish' });
}
