import { runSql } from './databases.js';
import { waitFor } from './wait-for.js';

/** Waits until all messages of a chat are delivered to its AI bots and no run is open. */
export async function waitForIdleAi(databaseUrl: string, chatId: string): Promise<void> {
  const open = `
    SELECT endpoint_id FROM subscriptions JOIN chats ON chats.id = chat_id JOIN bot_endpoints ON bot_endpoints.id = endpoint_id
    WHERE chat_id = '${chatId}' AND transport = 'ai' AND cursor_seq < last_seq
    UNION ALL
    SELECT id FROM ai_runs WHERE chat_id = '${chatId}' AND state IN ('queued', 'building', 'requesting', 'streaming')`;
  await waitFor(async () => (await runSql(databaseUrl, open)).length === 0, { what: 'idle AI bots' });
}
