import { type AiApis, startAi } from './ai-apis.js';

describe('AI turn limits by address', () => {
  let ai: AiApis;

  beforeAll(async () => {
    ai = await startAi({ AI_ADDRESS_TURNS_PER_MINUTE: 3, AI_ADDRESS_TURNS_PER_DAY: 4, TRUST_PROXY: 1 });
  });
  afterAll(() => ai.close());

  it('apply to all users who signed up from the address together', async () => {
    const botId = await ai.createAiBot();
    for (let count = 1; count <= 3; count++) {
      const chat = await ai.openChatWith(botId);
      await chat.ask('Hello');
    }
    const chat = await ai.openChatWith(botId);
    expect(await chat.ask('And now?')).toEqual([expect.stringMatching(/Give me a minute/)]);
    expect(await ai.waitForRun(chat.chatId, 'blocked')).toMatchObject({ reason: 'turns_per_minute_of_address' });
    expect(ai.model.calls).toHaveLength(3);
    await ai.sql(`UPDATE users SET sign_up_origin = 'another'`);
    await chat.send('From somewhere else?');
    await ai.waitForCalls(4);
  });
});

describe('AI turn limits by address and day', () => {
  let ai: AiApis;

  beforeAll(async () => {
    ai = await startAi({ AI_ADDRESS_TURNS_PER_MINUTE: 0, AI_ADDRESS_TURNS_PER_DAY: 2, TRUST_PROXY: 1 });
  });
  afterAll(() => ai.close());

  it('apply without a limit per minute', async () => {
    const botId = await ai.createAiBot();
    for (let count = 1; count <= 2; count++) {
      const chat = await ai.openChatWith(botId);
      await chat.send('Hello');
      await chat.waitForReplies(1);
    }
    const chat = await ai.openChatWith(botId);
    await chat.send('And now?');
    expect(await ai.waitForRun(chat.chatId, 'blocked')).toMatchObject({ reason: 'turns_per_day_of_address' });
    expect(ai.model.calls).toHaveLength(2);
  });
});
