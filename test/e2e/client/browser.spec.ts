import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { EventStreams } from '../../../src/protocols/client/event-streams.js';
import { describeWithBrowser } from '../../support/browser.js';
import { type ClientApis, startClientApis, type TestBot } from './client-caller.js';

const WEB_DIR = join(__dirname, 'fixtures/web-client');

describeWithBrowser('a web client of the same origin, in Chromium', (executablePath) => {
  let apis: ClientApis;
  let bot: TestBot;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    apis = await startClientApis({ WEB_DIR });
    bot = await apis.createBot();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    context = await browser.newContext();
    page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`${apis.url}/bot/${bot.id}`); // a client-side route, not a file
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await apis.close();
  });

  it('logs in, chats, and shows the reply live', async () => {
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

  it('has a session cookie that scripts cannot read', async () => {
    expect(await page.evaluate('document.cookie')).toBe('');
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: 'token', httpOnly: true, sameSite: 'Lax' });
  });

  it('shows missed messages after a lost connection', async () => {
    const sendText = async (body: string) => {
      const { events } = (await bot.get('/events?after=0')).body;
      await bot.post('/chat/message', { chatId: events[0].chatId, body });
    };
    const streams = apis.app.get(EventStreams, { strict: false })['open'];
    for (const stream of [...streams]) stream.close();
    await sendText('while you were away'); // a browser reconnects after a second
    expect(streams.size).toBe(0);
    await sendText('and now');
    await page.locator('li.theirs', { hasText: 'and now' }).waitFor();
    expect(await page.locator('li.theirs', { hasText: 'while you were away' }).count()).toBe(1);
  });
});
