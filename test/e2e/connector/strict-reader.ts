/* eslint-disable @typescript-eslint/no-explicit-any -- it finds out what came */

/**
 * Validates payloads as existing clients do: each key that any client version requires must be present with a compatible type. Unknown
 * keys are ignored.
 */
type Check = (value: any, path: string) => void;

const fail = (path: string, wanted: string, value: unknown): never => {
  throw new Error(`${path} must be ${wanted}, and is ${JSON.stringify(value)}`);
};

export const text: Check = (value, path) => void (typeof value === 'string' || fail(path, 'a text', value));
const number: Check = (value, path) => void (Number.isInteger(value) || fail(path, 'a whole number', value));
const millis: Check = (value, path) =>
  void ((Number.isInteger(value) && value > 1_500_000_000_000) || fail(path, 'milliseconds', value));
const flag: Check = (value, path) => void (typeof value === 'boolean' || fail(path, 'true or false', value));
const oneOf =
  (...allowed: unknown[]): Check =>
  (value, path) =>
    void (allowed.includes(value) || fail(path, `one of ${allowed.join()}`, value));
const orNull =
  (check: Check): Check =>
  (value, path) =>
    value === null || check(value, path);
const userId: Check = (value, path) =>
  void (/^[^/]+@[^/@]+$/.test(value) || fail(path, 'an id with its domain', value));
const url: Check = (value, path) => void (/^https?:\/\//.test(value) || fail(path, 'a whole URL', value));

/** An object with at least these keys. */
const shape =
  (keys: Record<string, Check>): Check =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(path, 'an object', value);
    for (const [key, check] of Object.entries(keys)) {
      if (!Object.hasOwn(value, key)) fail(`${path}.${key}`, 'there', undefined);
      check(value[key], `${path}.${key}`);
    }
  };
const list =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) fail(path, 'a list', value);
    value.forEach((item: unknown, index: number) => check(item, `${path}[${index}]`));
  };

const author: Check = (value, path) => {
  shape({ id: text, type: oneOf(0, 1) })(value, path);
  if (value.type === 1) userId(value.id, `${path}.id`);
};
const role = oneOf('owner', 'admin', 'user', 'writer', 'favorites_owner', 'conf_owner', 'conf_moderator');
const textContent = shape({ text, parseMode: oneOf('text', 'markdown', 'html') });

const CONTENTS: Record<number, Check> = {
  1: shape({ userId, role }),
  2: shape({ userId }),
  21: shape({ title: text }),
  22: shape({ avatarUrl: text }),
  23: shape({ forAll: flag }),
  110: shape({ userId, role }),
  200: textContent,
  202: shape({ name: text, size: number, fileId: text, mimeType: text, readyState: oneOf(0, 1, 2) }),
  204: shape({ url, title: text, path: text, description: text, buttonText: text, secret: text, alt: text }),
};
/** Types of history rows that all client versions know: not 22 and 23. */
const ROW_TYPES = [1, 2, 110, 200, 201, 202, 204];
/** Types of messages. */
const MESSAGE_TYPES = [200, 201, 202, 204];

const content =
  (types: readonly number[]): Check =>
  (value, path) => {
    oneOf(...types)(value.type, `${path}.type`);
    if (value.type !== 201) return CONTENTS[value.type](value.content, `${path}.content`);
    // Forwards are flat: they contain messages only.
    envelopeOf([200, 202, 204])(value.content, `${path}.content`);
  };

function envelopeOf(types: readonly number[]): Check {
  return (value, path) => {
    shape({
      messageId: text,
      chatId: text,
      timestamp: millis,
      replyMessageId: orNull(text),
      isEdited: flag,
      type: number,
      author,
      box: shape({ id: number, position: text }),
      content: shape({}),
    })(value, path);
    content(types)(value, path);
  };
}

/** Newer clients require `chat` in each envelope, except inside a forward. */
const chatRef = shape({ chatId: text, chatTitle: text, chatType: oneOf(1, 2, 5, 6) });
const envelopeWithChat =
  (types: readonly number[]): Check =>
  (value, path) => {
    envelopeOf(types)(value, path);
    chatRef(value.chat, `${path}.chat`);
    const { replyMessage } = value;
    if (replyMessage === undefined) return;
    envelopeWithChat(MESSAGE_TYPES)(replyMessage, `${path}.replyMessage`);
    if (value.replyMessageId !== replyMessage.messageId) fail(`${path}.replyMessageId`, 'that of its message', value);
    if (replyMessage.replyMessage !== undefined) fail(`${path}.replyMessage`, 'one level deep', replyMessage);
  };

const lastMessage: Check = (value, path) => {
  shape({ messageId: text, timestamp: millis, author, type: number, content: shape({}), chat: chatRef })(value, path);
  content(ROW_TYPES)(value, path);
};
/** The first client version requires a last message in each chat. */
const chat = shape({
  title: text,
  chatId: text,
  chatType: oneOf(1, 2, 5, 6),
  unreadMessages: number,
  avatarUrl: text,
  lastMessage,
});
const nothing = shape({});
const sent = shape({ chatId: text, messageId: text, timestamp: millis });
const edited = shape({ messageId: text, timestamp: millis });
const limits = shape({
  extensions: orNull(shape({ mode: oneOf('allow', 'block'), list: list(text) })),
  maxSize: orNull(number),
});
const preview = shape({ name: text, size: number, mimeType: text, downloadUrl: url });

/** The responses, by method. */
export const RESPONSES: Record<string, Check> = {
  auth: shape({ userId: text, connectionId: text }),
  createP2PChat: shape({ chatId: text }),
  createGroupChat: shape({ chatId: text }),
  createChannel: shape({ chatId: text }),
  createFavoritesChat: shape({ chatId: text }),
  addChatParticipant: nothing,
  removeChatParticipant: nothing,
  changeParticipantRole: nothing,
  hasChatParticipant: shape({ result: flag }),
  getChatParticipant: shape({ userId, role, type: number }),
  getChatParticipants: shape({ participants: list(shape({ userId, id: userId, role })) }),
  getChats: list(chat),
  getChatByID: chat,
  removeChat: shape({ chatId: text }),
  editChatTitle: shape({ chatId: text, timestamp: millis }),
  editChatAvatar: nothing,
  clearHistory: nothing,
  sendMessage: sent,
  editMessage: edited,
  forwardMessage: sent,
  removeMessage: nothing,
  sendChatActivity: shape({ chatId: text, activityType: text, retryAfter: number }),
  getMessageById: envelopeWithChat([110, 200, 201, 202, 204]),
  getChatHistory: shape({ count: number, chatId: text, messages: list(envelopeWithChat(ROW_TYPES)) }),
  getUserDisplayName: shape({ displayName: text }),
  uploadFile: shape({ uploadTaskId: text }),
  sendFile: shape({ timestamp: millis, chatId: text, messageId: text, fileId: text }),
  getFileInfo: shape({
    name: text,
    size: number,
    mimeType: text,
    readyState: oneOf(0, 1, 2),
    fileId: text,
    infoHash: text,
    downloadUrl: text,
    previews: orNull(list(preview)),
  }),
  getFileUploadLimits: limits,
  subscribeFileProgress: shape({ result: flag }),
  unsubscribeFileProgress: shape({ result: flag }),
  sendSurvey: sent,
  editSurvey: edited,
};

/** The events, by method. */
export const EVENTS: Record<string, Check> = {
  sendMessage: envelopeWithChat([1, 2, 21, 22, 23, 110, 200, 201, 202, 204]),
  editMessage: shape({ timestamp: millis, chatId: text, content: textContent }),
  removeMessage: shape({ chatId: text, messageId: text, removedBy: author }),
  createP2PChat: chat,
  createGroupChat: chat,
  createChannel: chat,
  createFavoritesChat: chat,
  addChatParticipant: shape({ timestamp: millis, chatId: text, userId, addedBy: author }),
  removeChatParticipant: shape({ timestamp: millis, chatId: text, userId, removedBy: author }),
  changeParticipantRole: shape({ timestamp: millis, chatId: text, userId, role }),
  removeChat: shape({ chatId: text }),
  editChatTitle: shape({ chatId: text, title: text }),
  editChatAvatar: shape({ chatId: text, avatarUrl: text }),
  clearHistory: shape({ chatId: text, forAll: flag }),
  uploadFileProgress: shape({ fileId: text, progress: number }),
  getFileUploadLimits: limits,
};

/** The methods and events that each test file must cover, so that the whole contract is covered. */
export const COVERED = {
  messages: {
    responses: [
      ...['auth', 'createP2PChat', 'sendMessage', 'editMessage', 'forwardMessage', 'removeMessage', 'getMessageById'],
      ...['getChatHistory', 'getChats', 'getChatByID', 'getUserDisplayName', 'createFavoritesChat', 'sendChatActivity'],
    ],
    events: ['sendMessage', 'editMessage', 'removeMessage', 'createP2PChat', 'getFileUploadLimits'],
  },
  chats: {
    responses: [
      ...['createGroupChat', 'createChannel', 'createFavoritesChat', 'addChatParticipant', 'removeChatParticipant'],
      ...['changeParticipantRole', 'hasChatParticipant', 'getChatParticipant', 'getChatParticipants', 'getChatByID'],
      ...['removeChat', 'editChatTitle', 'clearHistory'],
    ],
    events: [
      ...['createGroupChat', 'createChannel', 'createFavoritesChat', 'addChatParticipant', 'removeChatParticipant'],
      ...['changeParticipantRole', 'removeChat', 'editChatTitle', 'editChatAvatar', 'clearHistory'],
    ],
  },
  files: {
    responses: [
      ...['uploadFile', 'sendFile', 'getFileInfo', 'getFileUploadLimits', 'subscribeFileProgress'],
      ...['unsubscribeFileProgress', 'editChatAvatar', 'sendSurvey', 'editSurvey'],
    ],
    events: ['uploadFileProgress', 'getFileUploadLimits', 'editChatAvatar'],
  },
};

/** Records the methods and events that were read. */
export class StrictReader {
  readonly responses = new Set<string>();
  readonly events = new Set<string>();

  /** @throws Error with the key that a client requires */
  readResponse(method: string, payload: unknown): void {
    RESPONSES[method](payload, method);
    this.responses.add(method);
  }

  readEvent(method: string, payload: unknown): void {
    const check = EVENTS[method];
    if (!check) throw new Error(`No client knows the event ${method}.`);
    check(payload, `event ${method}`);
    this.events.add(method);
  }
}
