import type { Person } from '../../support/client-api.js';
import type { ConnectorClient } from '../../support/connector-client.js';
import { TEST_SECRETS } from '../../support/settings.js';
import { type ConnectorApp, type ConnectorBot, startConnectorApp } from './connector-app.js';

describe('surveys', () => {
  const content = { path: 'lunch & co', title: 'Dinner?', description: '{{Survey}}', buttonText: 'x', secret: 'ab' };
  let app: ConnectorApp;
  let bot: ConnectorBot;
  let alice: Person;
  let chatId: string;
  let client: ConnectorClient;
  let messageId: string;

  beforeAll(async () => {
    app = await startConnectorApp();
    bot = await app.createBot('Asker');
    alice = await app.api.logIn('Alice');
    chatId = await app.api.createChat(alice, bot.id);
    client = await app.open(bot);
    ({ messageId } = await client.call('sendSurvey', { chatId, content }));
  });
  afterAll(() => app.close());

  const refusal = async (method: string, payload: object): Promise<number> =>
    ((await client.request(method, payload)) as { errorCode?: number }).errorCode ?? 0;
  const pageUrl = () => `${app.url}/webtools/survey?id=${encodeURIComponent(content.path)}`;

  it('belong to their bot: the same campaign id of another bot is another survey with its own page', async () => {
    const rivalBot = await app.createBot('Rival');
    const rival = await app.open(rivalBot);
    const { chatId: own } = await rival.call('createFavoritesChat');
    const mine = { ...content, title: 'Mine', description: '{{Anonymous survey}}' };
    const { messageId: invitation } = await rival.call('sendSurvey', { chatId: own, content: mine });
    await rival.call('sendSurvey', { chatId: own, content: { ...mine, title: 'Mine, once more' } });
    expect(await (await fetch(pageUrl())).text()).toContain('<h1>Dinner?</h1>');
    await expect(rival.call('editSurvey', { messageId, content })).rejects.toMatchObject({ errorCode: 302 });

    const { content: sent } = await rival.call('getMessageById', { messageId: invitation });
    expect(sent.path).not.toBe(content.path);
    const form = new URLSearchParams({ id: sent.path as string, answer: 'Cake' });
    const page = await fetch(`${app.url}/webtools/survey?id=${sent.path}`);
    expect(await page.text()).toContain('<h1>Mine, once more</h1>');
    const headers = { cookie: alice.cookie };
    expect((await fetch(`${app.url}/webtools/survey`, { method: 'POST', headers, body: form })).status).toBe(200);
    const read = async (path: string, authorization: string) =>
      (await (await fetch(`${app.url}/v1${path}`, { headers: { authorization } })).json()) as Record<string, unknown>;
    const path = `survey/${encodeURIComponent(content.path)}`;
    expect(await read(`/bot-api/${path}`, rivalBot.key)).toMatchObject({ title: 'Mine, once more', answerCount: 1 });
    expect(await read(`/bot-api/${path}`, bot.key)).toMatchObject({ title: 'Dinner?', answerCount: 0 });
    const admin = TEST_SECRETS.ADMIN_SECRET_KEY;
    expect(await read(`/admin-api/${path}?botId=${rivalBot.id}`, admin)).toMatchObject({ botId: rivalBot.id });
    expect(await read(`/admin-api/${path}/answers?botId=${rivalBot.id}`, admin)).toMatchObject({
      answers: [{ userId: null, answer: 'Cake' }],
    });
    expect(await read(`/admin-api/${path}`, admin)).toMatchObject({ botId: bot.id });
    await rival.close();
  });

  describe('that are anonymous', () => {
    const ANONYMOUS = '{{Anonymous survey}}';
    const survey = (path: string, description: string) => ({ ...content, path, description });
    const answerOf = async (id: string, fields: Record<string, string> = {}) =>
      fetch(`${app.url}/webtools/survey`, {
        method: 'POST',
        headers: { cookie: alice.cookie },
        body: new URLSearchParams({ id, answer: 'Secret', ...fields }),
      });
    const authorsOf = (id: string) => app.sql(`SELECT user_id FROM survey_answers WHERE campaign_id = '${id}'`);

    it('stay anonymous after the first answer, even if the invitation was deleted', async () => {
      const { messageId } = await client.call('sendSurvey', { chatId, content: survey('quiet', ANONYMOUS) });
      expect((await answerOf('quiet')).status).toBe(200);
      const named = survey('quiet', '{{Survey}}');
      expect(await refusal('sendSurvey', { chatId, content: named })).toBe(399);
      expect(await refusal('editSurvey', { messageId, content: named })).toBe(399);
      await client.call('removeMessage', { messageId, forAll: true });
      expect(await refusal('sendSurvey', { chatId, content: named })).toBe(399);
      const { messageId: again } = await client.call('sendSurvey', { chatId, content: survey('quiet', ANONYMOUS) });
      await client.call('editSurvey', { messageId: again, content: { ...survey('quiet', ANONYMOUS), title: 'New' } });
      expect(await authorsOf('quiet')).toEqual([{ user_id: null }]);
    });

    it('become named before the first answer: the page states it and rejects answers to the old page', async () => {
      await client.call('sendSurvey', { chatId, content: survey('turned', ANONYMOUS) });
      const page = await (await fetch(`${app.url}/webtools/survey?id=turned`)).text();
      expect(page).toContain('your name is not stored');
      const [, anonymous] = /name="anonymous" value="(\w+)"/.exec(page)!;
      await client.call('sendSurvey', { chatId, content: survey('turned', '{{Survey}}') });
      const refused = await answerOf('turned', { anonymous });
      expect(refused.status).toBe(400);
      expect(await refused.text()).toContain('your name is stored');
      expect(await authorsOf('turned')).toEqual([]);
      expect((await answerOf('turned', { anonymous: 'false' })).status).toBe(200);
      expect(await authorsOf('turned')).toEqual([{ user_id: alice.id }]);
    });
  });
});
