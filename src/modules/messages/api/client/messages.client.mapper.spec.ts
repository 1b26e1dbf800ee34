import { MessageLimits } from '../../../../core/config/service-config.js';
import { FileEntity } from '../../../files/index.js';
import type { CallbackEvent } from '../../callback-event.js';
import { MessageEntity } from '../../message.entity.js';
import {
  renderClientCallback,
  toClientMessage,
  toClientPage,
  toClientStoredMessage,
  toPageQuery,
  toSendMessage,
} from './messages.client.mapper.js';
import { ClientListMessagesDto, ClientSendMessageDto } from './messages.client.dto.js';

const AT = 1_795_304_113_158;

const aMessage = (fields: Partial<MessageEntity> = {}): MessageEntity =>
  Object.assign(new MessageEntity(), {
    id: 'm1',
    num: 12,
    chatId: 'c1',
    seq: 3,
    senderId: 'u1',
    kind: 'text',
    body: 'see <this>',
    customType: 'secret type',
    data: 'secret data',
    attachmentIds: [],
    dedupKey: 'k',
    requestId: 'r',
    createdAt: new Date(AT),
    ...fields,
  });

const aFile = (id: string): FileEntity =>
  Object.assign(new FileEntity(), {
    id,
    ownerId: 'u1',
    path: `static/images/${id}.png`,
    name: 'a.png',
    sizeBytes: 70,
    mimeType: 'image/png',
    createdAt: new Date(AT),
  });

const files = new Map(['f1', 'f2'].map((id) => [id, aFile(id)]));
const shown = (id: string) => ({ id, path: `static/images/${id}.png`, name: 'a.png', size: 70, mimeType: 'image/png' });
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('Client API message mapper', () => {
  it('maps the fields of the contract and no others', () => {
    expect(asJson(toClientMessage(aMessage(), files))).toEqual({
      id: 'm1',
      chatId: 'c1',
      senderId: 'u1',
      body: 'see <this>',
      timestamp: AT,
    });
  });

  it('maps attachments in upload order, without deleted ones', () => {
    const message = aMessage({ attachmentIds: ['f2', 'gone', 'f1'] });
    expect(toClientMessage(message, files).attachments).toEqual([shown('f1'), shown('f2')]);
    expect(asJson(toClientMessage(aMessage({ attachmentIds: ['gone'] }), files))).not.toHaveProperty('attachments');
    expect(message.attachmentIds).toEqual(['f2', 'gone', 'f1']);
  });

  it('maps a missing sender to an empty text', () => {
    expect(toClientMessage(aMessage({ senderId: null }), files).senderId).toBe('');
    expect(toClientStoredMessage(aMessage({ senderId: null })).senderId).toBe('');
  });

  it('maps a page with the chat once, and the requested page and limit', () => {
    const query = Object.assign(new ClientListMessagesDto(), { page: 0, limit: -1 });
    const page = { total: 9, messages: [aMessage({ attachmentIds: ['f1'] })] };
    expect(toClientPage('c1', query, page, files)).toEqual({
      chatId: 'c1',
      total: 9,
      page: 0,
      limit: -1,
      messages: [{ id: 'm1', senderId: 'u1', body: 'see <this>', attachments: [shown('f1')], timestamp: AT }],
    });
  });

  it('maps a single message with the ids of its files', () => {
    const message = { id: 'm1', chatId: 'c1', senderId: 'u1', body: 'see <this>', timestamp: AT };
    expect(asJson(toClientStoredMessage(aMessage()))).toEqual(message);
    const attachmentIds = ['f2', 'f1'];
    expect(toClientStoredMessage(aMessage({ attachmentIds }))).toEqual({ ...message, attachmentIds });
  });

  it('maps a send request with the actor as sender and the limits of the settings', () => {
    const body = Object.assign(new ClientSendMessageDto(), { body: 'x', senderId: 'mallory' });
    const actor = { kind: 'bot', id: 'b1', scopes: [] } as const;
    expect(toSendMessage(actor, body, new MessageLimits(), 'k')).toEqual({
      chatId: '',
      senderId: 'b1',
      body: 'x',
      attachmentIds: [],
      dedupKey: 'k',
      limits: { maxBodyBytes: 4096, maxFiles: 10 },
    });
  });

  it('maps a list request without filters by default', () => {
    const query = new ClientListMessagesDto();
    expect(toPageQuery('c1', query)).toEqual({ chatId: 'c1', page: 1, limit: 20, senderId: undefined, since: 0 });
    expect(toPageQuery('c1', Object.assign(query, { sender_id: '' })).senderId).toBeUndefined();
  });
});

describe('renderClientCallback', () => {
  it('renders the same bytes as the response to the sender, whatever the order of the files', () => {
    const message = aMessage({ attachmentIds: ['f2', 'f1'] });
    const event = { message, attachments: [aFile('f2'), aFile('f1')] } as unknown as CallbackEvent;
    const body = renderClientCallback(event);
    expect(body).toBe(JSON.stringify(toClientMessage(message, files)));
    expect(renderClientCallback({ ...event, attachments: [aFile('f1'), aFile('f2')] })).toBe(body);
    expect(body).toBe(
      `{"id":"m1","chatId":"c1","senderId":"u1","body":"see <this>","attachments":[` +
        `{"id":"f1","path":"static/images/f1.png","name":"a.png","size":70,"mimeType":"image/png"},` +
        `{"id":"f2","path":"static/images/f2.png","name":"a.png","size":70,"mimeType":"image/png"}],"timestamp":${AT}}`,
    );
  });
});
