// A callback bot in about ten lines. It requires the bot's key, `<botId>:<token>`, and Parley's URL.
//   BOT_KEY=... node examples/echo-bot/echo-bot.ts      (or: npm run example:echo-bot)
import { createServer } from 'node:http';

const { BOT_KEY, PARLEY_URL = 'http://localhost:3000', PORT = '4000' } = process.env;
const botApi = (path: string, body: object, id = '') =>
  fetch(`${PARLEY_URL}/v1/bot-api/${path}`, {
    method: 'POST',
    headers: { authorization: BOT_KEY!, 'content-type': 'application/json', 'idempotency-key': id },
    body: JSON.stringify(body),
  });

createServer(async (request, response) => {
  const { chatId, body } = JSON.parse(Buffer.concat(await request.toArray()).toString());
  response.end('{}'); // acknowledge at once, then process the message
  await botApi('chat/message', { chatId, body: `Echo: ${body}` }, `${request.headers['webhook-id']}`);
}).listen(Number(PORT), async () => {
  const result = await botApi('bot/webhook', { url: `http://localhost:${PORT}/` });
  console.log(result.ok ? `Bot ${BOT_KEY!.split(':')[0]} is listening on port ${PORT}.` : await result.text());
});
