import { SYSTEM_ACTOR } from '../auth/index.js';
import { chatNotFound } from '../chats/index.js';
import { MessageEntity } from './message.entity.js';
import { MessagesService } from './messages.service.js';

describe('MessagesService.find', () => {
  const message = Object.assign(new MessageEntity(), { id: 'message', chatId: 'chat', removedAt: null });
  const find = (
    look: () => Promise<MessageEntity | null>,
    getFor: () => Promise<unknown> = () => Promise.resolve(),
  ) => {
    const [messages, chats] = [{ find: look } as never, { getFor } as never];
    return new MessagesService(messages, null!, null!, chats, null!, null!).find(SYSTEM_ACTOR, 'message');
  };

  it('returns an existing message', async () => {
    expect(await find(() => Promise.resolve(message))).toBe(message);
  });

  it('returns undefined for a deleted message and for one not visible to the actor', async () => {
    expect(await find(() => Promise.resolve(null))).toBeUndefined();
    const removed = Object.assign(new MessageEntity(), message, { removedAt: new Date() });
    expect(await find(() => Promise.resolve(removed))).toBeUndefined();
    const hidden = () => Promise.reject(chatNotFound('chat'));
    expect(await find(() => Promise.resolve(message), hidden)).toBeUndefined();
  });

  it('rejects when the database is unavailable', async () => {
    await expect(find(() => Promise.reject(new Error('connection lost')))).rejects.toThrow('connection lost');
  });
});
