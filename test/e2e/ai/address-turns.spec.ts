import { type AiApis, startAi } from './ai-caller.js';

describe('AI turn limits by address', () => {
  let ai: AiApis;

  beforeAll(async () => {
    ai = await startAi({ AI_ADDRESS_TURNS_PER_MINUTE: 3, AI_ADDRESS_TURNS_PER_DAY: 4, TRUST_PROXY: 1 });
  });
  afterAll(() => ai.close());

  it('apply to all users who signed up from the address together', async () => {
    const botId = await ai.createAiBot();
    for (let count = 1; count <= 3; count++) {
      const chat = await ai.talkWith(botId);
      await chat.say('Hello');
      await chat.answers(1);
    }
    const chat = await ai.talkWith(botId);
    await chat.say('And now?');
    expect(await chat.answers(1)).toEqual([expect.stringMatching(/Give me a minute/)]);
    expect(await ai.ended(chat.chatId, 'blocked')).toMatchObject({ reason: 'turns_per_minute_of_address' });
    expect(ai.model.calls).toHaveLength(3);
    await ai.sql(`UPDATE users SET sign_up_origin = 'another'`);
    await chat.say('From somewhere else?');
    await ai.called(4);
  });
});
