import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { EventStreams } from '../../../src/protocols/client/event-streams.js';
import { describeWithBrowser } from '../../support/browser.js';
import { type ClientApis, startClientApis, type TestBot } from './client-caller.js';

const PAGE = readFileSync(join(__dirname, 'fixtures/chat-page.html'), 'utf8');

describeWithBrowser('a page of the same origin, in Chromium', (executablePath) => {
  let apis: ClientApis;
  let bot: TestBot;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    apis = await startClientApis();
    bot = await apis.createBot();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    context = await browser.newContext();
    page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    // The page itself is not the server's; all that it asks for is.
    await page.route(`${apis.url}/chat-page`, (route) => route.fulfill({ contentType: 'text/html', body: PAGE }));
    await page.goto(`${apis.url}/chat-page`);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await apis.close();
  });

  it('logs in, chats, and is told the answer live', async () => {
    await page.fill('#nickname', 'Alice');
    await page.click('#login button');
    await page.fill('#text', 'Hello <b>bot</b>');
    await page.click('#say button');
    await page.locator('li.mine', { hasText: 'Hello <b>bot</b>' }).waitFor();

    const { events } = (await bot.get('/events?after=0&wait=10')).body;
    const [{ chatId, message }] = events;
    expect(message.body).toBe('Hello <b>bot</b>');
    const answer = (await bot.post('/chat/message', { chatId, body: 'Hello person' })).body;
    await page.locator('li.theirs', { hasText: 'Hello person' }).waitFor();
    await bot.put(`/chat/message/${answer.id}`, { body: 'Hello, Alice' });
    await page.locator('li.theirs', { hasText: 'Hello, Alice' }).waitFor();
    expect(faults).toEqual([]);
  });

  it('has a session that its scripts cannot read', async () => {
    expect(await page.evaluate('document.cookie')).toBe('');
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: 'token', httpOnly: true, sameSite: 'Lax' });
  });

  it('is told again what it has missed while the line was cut', async () => {
    const said = async (body: string) => {
      const { events } = (await bot.get('/events?after=0')).body;
      await bot.post('/chat/message', { chatId: events[0].chatId, body });
    };
    const streams = apis.app.get(EventStreams, { strict: false })['open'];
    for (const stream of [...streams.values()].flatMap((open) => [...open])) stream.end();
    await said('while you were away'); // a browser waits a second before it comes back
    expect(streams.size).toBe(0);
    await said('and now');
    await page.locator('li.theirs', { hasText: 'and now' }).waitFor();
    expect(await page.locator('li.theirs', { hasText: 'while you were away' }).count()).toBe(1);
  });
});
