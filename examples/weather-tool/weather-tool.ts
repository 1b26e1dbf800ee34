// A tool of an AI bot: the model calls it with a city and receives the weather there. It requires the secret that Parley generated for
// it, and rejects requests without a valid signature (libraries: https://www.standardwebhooks.com).
//   TOOL_SECRET=whsec_... node examples/weather-tool/weather-tool.ts      (or: npm run example:weather-tool)
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const { TOOL_SECRET = '', PORT = '4001' } = process.env;
const key = Buffer.from(TOOL_SECRET.replace(/^whsec_/, ''), 'base64');
const WEATHER = ['sunny', 'cloudy', 'rain', 'snow'];

createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': given = '' } = request.headers;
  const right = Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')}`);
  const signature = Buffer.from(String(given));
  const isSigned = signature.length === right.length && timingSafeEqual(signature, right);
  if (!isSigned || Math.abs(Date.now() / 1000 - Number(time)) > 300) return void response.writeHead(401).end();
  const { city } = JSON.parse(body).arguments;
  response.end(`${city}: ${city.length * 3} °C, ${WEATHER[city.length % WEATHER.length]}`);
}).listen(Number(PORT), () => console.log(`http://localhost:${PORT}/`));
