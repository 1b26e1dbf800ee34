// A server of models without a model: it speaks Chat Completions, as OpenAI, Ollama, vLLM and most others do, and answers with
// what it was asked, backwards. It shows what Parley needs of a model's server, and lets you try it without one.
//   node examples/model-server/model-server.ts      (or: npm run example:model-server)
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { PORT = '11435' } = process.env;

createServer(async (request, response) => {
  const { messages } = JSON.parse(Buffer.concat(await request.toArray()).toString());
  const chunk = (delta: object, finish_reason: string | null = null) =>
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const word of messages.at(-1).content.split(' ').reverse()) {
    await sleep(100);
    chunk({ content: `${word} ` });
  }
  chunk({}, 'stop');
  response.end('data: [DONE]\n\n');
}).listen(Number(PORT), () => console.log(`OPENAI_BASE_URL=http://localhost:${PORT}/v1`));
