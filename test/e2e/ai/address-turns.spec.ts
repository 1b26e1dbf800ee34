import { type AiApis, startAi } from './ai-caller.js';

describe('turns of people with AI bots, by address', () => {
  let ai: AiApis;

  beforeAll(async () => {
    ai = await startAi({ AI_ADDRESS_TURNS_PER_MINUTE: 3, AI_ADDRESS_TURNS_PER_DAY: 4, TRUST_PROXY: 1 });
  });
  afterAll(() => ai.close());

  it('are counted for all who signed up from it, so that a new user gets no more', async () => {
    const botId = await ai.createAiBot();
    for (let count = 1; count <= 3; count++) {
      const talk = await ai.talkWith(botId);
      await talk.say('Hello');
      await talk.answers(1);
    }
    const talk = await ai.talkWith(botId);
    await talk.say('And now?');
    expect(await talk.answers(1)).toEqual([expect.stringMatching(/Give me a minute/)]);
    expect(await ai.ended(talk.chatId, 'blocked')).toMatchObject({ reason: 'turns_per_minute_of_address' });
    expect(ai.model.calls).toHaveLength(3);
    await ai.sql(`UPDATE users SET sign_up_origin = 'another'`);
    await talk.say('From somewhere else?');
    await ai.called(4);
  });
});
