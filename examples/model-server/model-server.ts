// A model server without a model. It implements Chat Completions, like OpenAI, Ollama, vLLM and most others, and replies with the words of
// the question in reverse order or, if there is a tool, with the tool's result. It shows what Parley requires of a model server.
//   node examples/model-server/model-server.ts      (or: npm run example:model-server)
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { PORT = '11435' } = process.env;

createServer(async (request, response) => {
  const { messages, tools } = JSON.parse(Buffer.concat(await request.toArray()).toString());
  const { role, content } = messages.at(-1);
  const chunk = (delta: object, finish_reason: string | null = null) =>
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (tools && role === 'user') {
    // Calls the first tool with the last word of the question.
    const { name, parameters } = tools[0].function;
    const [subject] = Object.keys(parameters.properties);
    const question = JSON.stringify({ [subject]: /\w+(?=\W*$)/.exec(content)?.[0] });
    chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name, arguments: question } }] });
  } else {
    const words: string[] = content.split(' ');
    for (const word of role === 'tool' ? ['I', 'hear:', ...words] : words.reverse()) {
      await sleep(100);
      chunk({ content: `${word} ` });
    }
  }
  chunk({}, tools && role === 'user' ? 'tool_calls' : 'stop');
  response.end('data: [DONE]\n\n');
}).listen(Number(PORT), () => console.log(`OPENAI_BASE_URL=http://localhost:${PORT}/v1`));
