import { FileEntity } from '../../../files/index.js';
import { UserEntity } from '../../../users/index.js';
import { MessageEntity } from '../../message.entity.js';
import { toPlatformMessage } from './messages.platform.mapper.js';
import { PlatformListMessagesQueryDto } from './messages.platform.lists.dto.js';
import { toAroundQuery } from './messages.platform.requests.mapper.js';

const message = (fields: Partial<MessageEntity>): MessageEntity =>
  Object.assign(new MessageEntity(), {
    num: 5,
    chatId: 'lunch',
    senderId: 'mia',
    kind: 'text',
    body: 'Hi',
    customType: '',
    data: '',
    mentionType: 'users',
    mentionedIds: [],
    attachmentIds: [],
    parentId: null,
    extras: null,
    createdAt: new Date(1_790_000_100_123),
    updatedAt: null,
    removedAt: null,
    ...fields,
  });

const URL = 'http://localhost';
const references = { users: new Map(), files: new Map(), parents: new Map() };

describe('toPlatformMessage', () => {
  it('maps a deleted sender', () => {
    const { user } = toPlatformMessage(message({}), references, URL);
    expect(user).toMatchObject({ user_id: 'mia', nickname: '', is_active: false });
  });

  it('omits deleted mentioned users and files', () => {
    const leo = Object.assign(new UserEntity(), {
      id: 'leo',
      nickname: 'Leo',
      profileUrl: '',
      metadata: {},
      isActive: true,
    });
    const view = toPlatformMessage(
      message({ mentionedIds: ['gone', 'leo'], attachmentIds: ['gone'] }),
      { ...references, users: new Map([['leo', leo]]) },
      URL,
    );
    expect(view.mentioned_users.map(({ user_id }) => user_id)).toEqual(['leo']);
    expect([view.file, view.files]).toEqual([{}, undefined]);
  });

  it('maps files in both forms', () => {
    const fields = { id: 'f', path: 'static/files/f.txt', name: 'a.txt', sizeBytes: 3, mimeType: 'text/plain' };
    const files = new Map([['f', Object.assign(new FileEntity(), fields)]]);
    const view = toPlatformMessage(message({ kind: 'file', attachmentIds: ['f'] }), { ...references, files }, URL);
    expect(view).toMatchObject({
      type: 'FILE',
      file: { url: 'http://localhost/static/files/f.txt', name: 'a.txt', size: 3 },
      files: [{ url: 'http://localhost/static/files/f.txt', file_name: 'a.txt', file_size: 3 }],
    });
  });

  it('maps the parent message to its integer', () => {
    const parents = new Map([['01', message({ num: 4 })]]);
    expect(toPlatformMessage(message({ parentId: '01' }), { ...references, parents }, URL).parent_message_id).toBe(4);
    expect(toPlatformMessage(message({ parentId: '02' }), { ...references, parents }, URL)).not.toHaveProperty(
      'parent_message_id',
    );
  });

  it('maps times to milliseconds, and never to 0', () => {
    expect(toPlatformMessage(message({}), references, URL)).toMatchObject({
      created_at: 1_790_000_100_123,
      updated_at: 0,
    });
    expect(toPlatformMessage(message({ updatedAt: new Date(1) }), references, URL).updated_at).toBe(1);
  });
});

it('toAroundQuery maps custom types: an absent list is no filter, an empty type matches messages without one', () => {
  const types = (custom_types?: string) =>
    toAroundQuery('lunch', Object.assign(new PlatformListMessagesQueryDto(), { custom_types })).customTypes;
  expect([types(), types('*'), types('a,*'), types(''), types('a,b')]).toEqual([
    undefined,
    undefined,
    undefined,
    [''],
    ['a', 'b'],
  ]);
});
