import { Ajv, type ValidateFunction } from 'ajv';

type Schema = Record<string, unknown>;

const text = { type: 'string' };
const flag = { type: 'boolean' };
const whole = { type: 'integer' };
const map = { type: 'object', additionalProperties: text };
const list = (items: Schema): Schema => ({ type: 'array', items });
const oneOf = (...values: string[]): Schema => ({ enum: values });
const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
const fields = (types: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  properties: types,
  required,
});

const ROLE = oneOf('', 'none', 'operator');
const SUMMARY = {
  user_id: text,
  nickname: text,
  profile_url: text,
  metadata: map,
  is_active: flag,
  require_auth_for_profile_image: flag,
};

/**
 * Schemas of the strictest existing client: types, required fields, enums and nullable fields. It ignores additional fields.
 */
const DEFINITIONS: Record<string, Schema> = {
  empty: { type: 'object', maxProperties: 0 },
  map,
  error: fields({ error: { const: true }, code: whole, message: { type: 'string', minLength: 1 } }, [
    'error',
    'code',
    'message',
  ]),
  summary: fields(SUMMARY, ['user_id']),
  sender: fields({ ...SUMMARY, role: text }, ['user_id']),
  user: fields(
    {
      ...SUMMARY,
      access_token: text,
      is_online: flag,
      is_created: flag,
      phone_number: text,
      last_seen_at: whole,
      discovery_keys: list(text),
      preferred_languages: list(text),
      has_ever_logged_in: flag,
      session_tokens: list({}),
      created_at: whole,
      is_hide_me_from_friends: flag,
      is_shadow_blocked: flag,
      locale: text,
    },
    ['user_id', 'created_at'],
  ),
  users: fields({ users: list(ref('user')), next: text }, ['users', 'next']),
  bot: fields(
    {
      bot: fields(
        {
          bot_userid: text,
          bot_nickname: text,
          bot_profile_url: text,
          bot_type: text,
          // Empty for an API token that lacks the scope.
          bot_token: { type: 'string', pattern: '^([0-9a-f]{40})?$' },
          bot_metadata: map,
          bot_require_auth_for_profile_image: flag,
        },
        ['bot_userid', 'bot_token'],
      ),
      bot_callback_url: text,
      is_privacy_mode: flag,
      enable_mark_as_read: flag,
      show_member: flag,
      enable_membership_events: flag,
      channel_invitation_preference: { enum: [0, 1] },
      created_at: whole,
      ai: fields({
        backend: { const: 'chatgpt' },
        system_message: text,
        temperature: { type: 'number' },
        max_tokens: whole,
        top_p: { type: 'number' },
        presence_penalty: { type: 'number' },
        frequency_penalty: { type: 'number' },
      }),
      bot_style: false as unknown as Schema,
    },
    ['bot', 'bot_callback_url'],
  ),
  bots: fields({ bots: list(ref('bot')), next: text }, ['bots', 'next']),
  member: fields(
    {
      ...SUMMARY,
      is_online: flag,
      last_seen_at: whole,
      role: ROLE,
      state: oneOf('', 'invited', 'joined'),
      is_muted: flag,
      muted_end_at: whole,
      muted_description: text,
      read_ts: whole,
      delivered_ts: whole,
    },
    ['user_id'],
  ),
  members: fields({ members: list(ref('member')), next: text }, ['members', 'next']),
  membership: fields({ is_member: flag, state: oneOf('invited', 'joined', 'none') }, ['is_member', 'state']),
  operators: fields({ operators: list(ref('summary')), next: text }, ['operators', 'next']),
  message: fields(
    {
      message_id: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      type: oneOf('MESG', 'FILE', 'ADMM'),
      custom_type: text,
      channel_url: text,
      channel_type: text,
      user: ref('sender'),
      message: text,
      data: text,
      file: { type: 'object' },
      files: list({ type: 'object' }),
      mention_type: oneOf('users', 'channel'),
      mentioned_users: list(ref('summary')),
      translations: { type: 'object' },
      sorted_metaarray: list(fields({ key: text, value: list(text) }, ['key', 'value'])),
      extended_message_payload: { type: 'object' },
      parent_message_id: whole,
      parent_message_info: fields({ type: text, ts: whole, user: ref('summary'), message: text }, ['type', 'ts']),
      thread_info: fields({
        reply_count: whole,
        most_replies: list(ref('summary')),
        last_replied_at: whole,
        updated_at: whole,
      }),
      reactions: list({ type: 'object' }),
      is_reply_to_channel: flag,
      is_removed: flag,
      is_op_msg: flag,
      silent: flag,
      message_survival_seconds: whole,
      message_retention_hour: whole,
      req_id: text,
      message_events: fields({ send_push_notification: text, update_unread_count: flag }),
      created_at: { type: 'integer', minimum: 1_000_000_000_000 },
      updated_at: whole,
    },
    ['message_id', 'type', 'channel_url', 'message', 'file', 'translations', 'custom_type', 'data', 'created_at'],
  ),
  messages: fields({ messages: list(ref('message')) }, ['messages']),
  botMessage: fields({ message: ref('message'), message_id: whole, channel_url: text }, ['message', 'message_id']),
  channel: fields(
    {
      channel_url: text,
      name: text,
      cover_url: text,
      custom_type: text,
      data: text,
      created_at: { type: 'integer', maximum: 10_000_000_000 },
      created_by: ref('summary'),
      freeze: flag,
      is_distinct: flag,
      is_public: flag,
      is_super: flag,
      is_broadcast: flag,
      is_exclusive: flag,
      is_ephemeral: flag,
      is_discoverable: flag,
      is_access_code_required: flag,
      message_survival_seconds: whole,
      max_length_message: whole,
      member_count: whole,
      joined_member_count: whole,
      unread_message_count: whole,
      unread_mention_count: whole,
      has_bot: flag,
      has_ai_bot: flag,
      last_message: { anyOf: [{ type: 'null' }, ref('message')] },
      members: list(ref('member')),
      read_receipt: { type: 'object', additionalProperties: whole },
      delivery_receipt: { type: 'object', additionalProperties: whole },
      metadata: map,
      operators: list(ref('summary')),
      member_state: oneOf('invited', 'joined', 'none'),
      my_role: ROLE,
      joined_ts: whole,
      invited_at: whole,
      inviter: ref('summary'),
      hidden_state: oneOf('unhidden', 'hidden_allow_auto_unhide', 'hidden_prevent_auto_unhide'),
      count_preference: oneOf('all', 'unread_message_count_only', 'unread_mentioned_count_only', 'false'),
      push_trigger_option: oneOf('all', 'mention_only', 'off'),
    },
    ['channel_url', 'member_count'],
  ),
  channels: fields({ channels: list(ref('channel')), next: text, ts: whole }, ['channels', 'next', 'ts']),
  joined: { allOf: [ref('channel'), fields({ channels: list(ref('channel')) }, ['channels'])] },
  invitedTo: { allOf: [ref('channel'), fields({ invited_at: whole }, ['invited_at'])] },
  addedMetadata: fields({ metadata: map, include_ts: flag }, ['metadata']),
  offset: fields({ ts_message_offset: whole }, ['ts_message_offset']),
  preference: fields({ auto_accept: flag }, ['auto_accept']),
  total: fields({ total: whole }, ['total']),
  unread: fields({ unread: { type: 'object', additionalProperties: whole } }, ['unread']),
  unreadCount: fields({ unread_count: whole }, ['unread_count']),
  replies: fields({ reply_messages: list(text) }, ['reply_messages']),
  sessionToken: fields({ token: text, expires_at: whole }, ['token', 'expires_at']),
  apiToken: fields({ id: text, token: text, created_at: whole }, ['id', 'token']),
  apiTokens: fields({ api_tokens: list(fields({ id: text, created_at: whole }, ['id'])) }, ['api_tokens']),
};

/** Response schemas by operation. A star matches one path segment. */
const ANSWERS: Record<string, string> = {
  'POST users': 'user',
  'GET users': 'users',
  'GET users/*': 'user',
  'PUT users/*': 'user',
  'DELETE users/*': 'empty',
  'POST users/*/metadata': 'map',
  'GET users/*/metadata': 'map',
  'PUT users/*/metadata': 'map',
  'DELETE users/*/metadata': 'empty',
  'GET users/*/metadata/*': 'map',
  'PUT users/*/metadata/*': 'map',
  'DELETE users/*/metadata/*': 'empty',
  'POST users/*/token': 'sessionToken',
  'GET users/*/channel_invitation_preference': 'preference',
  'PUT users/*/channel_invitation_preference': 'preference',
  'PUT users/*/mark_as_read_all': 'empty',
  'GET users/*/unread_message_count': 'unreadCount',
  'GET users/*/my_group_channels': 'channels',
  'PUT users/*/my_group_channels/leave': 'empty',
  'POST bots': 'bot',
  'GET bots': 'bots',
  'GET bots/*': 'bot',
  'PUT bots/*': 'bot',
  'DELETE bots/*': 'empty',
  'POST bots/*/channels': 'joined',
  'GET bots/*/channels': 'channels',
  'DELETE bots/*/channels': 'empty',
  'DELETE bots/*/channels/*': 'empty',
  'POST bots/*/send': 'botMessage',
  'POST bots/*/ai_chatbot_replies': 'replies',
  'POST group_channels': 'channel',
  'GET group_channels': 'channels',
  'GET group_channels/*': 'channel',
  'PUT group_channels/*': 'channel',
  'DELETE group_channels/*': 'empty',
  'PUT group_channels/*/freeze': 'channel',
  'POST group_channels/*/invite': 'invitedTo',
  'PUT group_channels/*/join': 'channel',
  'PUT group_channels/*/accept': 'channel',
  'PUT group_channels/*/decline': 'empty',
  'PUT group_channels/*/leave': 'empty',
  'GET group_channels/*/members': 'members',
  'GET group_channels/*/members/*': 'membership',
  'POST group_channels/*/operators': 'empty',
  'GET group_channels/*/operators': 'operators',
  'DELETE group_channels/*/operators': 'empty',
  'PUT group_channels/*/hide': 'empty',
  'DELETE group_channels/*/hide': 'empty',
  'PUT group_channels/*/reset_user_history': 'offset',
  'POST group_channels/*/typing': 'empty',
  'DELETE group_channels/*/typing': 'empty',
  'POST group_channels/*/metadata': 'addedMetadata',
  'GET group_channels/*/metadata': 'map',
  'PUT group_channels/*/metadata': 'map',
  'DELETE group_channels/*/metadata': 'empty',
  'GET group_channels/*/metadata/*': 'map',
  'PUT group_channels/*/metadata/*': 'map',
  'DELETE group_channels/*/metadata/*': 'empty',
  'POST group_channels/*/messages': 'message',
  'GET group_channels/*/messages': 'messages',
  'GET group_channels/*/messages/total_count': 'total',
  'GET group_channels/*/messages/unread_count': 'unread',
  'PUT group_channels/*/messages/mark_as_read': 'empty',
  'PUT group_channels/*/messages/mark_as_delivered': 'empty',
  'GET group_channels/*/messages/*': 'message',
  'PUT group_channels/*/messages/*': 'message',
  'DELETE group_channels/*/messages/*': 'empty',
  'POST applications/api_tokens': 'apiToken',
  'GET applications/api_tokens': 'apiTokens',
  'DELETE applications/api_tokens/*': 'empty',
};

const ajv = new Ajv({ allErrors: true, strict: false });
const readers = new Map(
  Object.keys(DEFINITIONS).map((name): [string, ValidateFunction] => [
    name,
    ajv.compile({ definitions: DEFINITIONS, ...ref(name) }),
  ]),
);
const routes = Object.entries(ANSWERS).map(([route, name]) => ({
  route,
  pattern: new RegExp(`^${route.replaceAll('*', '[^/]+')}$`),
  name,
}));

/** The known operations, as `METHOD path` with stars. */
export const KNOWN_OPERATIONS = Object.keys(ANSWERS);

/**
 * Validates a response like the strictest client.
 *
 * @param path below `/v3/`
 * @throws Error if that client would fail on the response
 */
export function readStrictly(method: string, path: string, status: number, contentType: string, body: unknown): void {
  const [pathname] = path.split('?');
  const operation = `${method} ${pathname}`;
  const name = status === 200 ? routes.find(({ pattern }) => pattern.test(operation))?.name : 'error';
  if (!/^application\/json/.test(contentType)) throw new Error(`${operation}: the answer is ${contentType}, not JSON.`);
  if (name === undefined) throw new Error(`${operation}: no schema says what the answer is.`);
  const reader = readers.get(name)!;
  if (!reader(body)) throw new Error(`${operation} is no ${name}: ${ajv.errorsText(reader.errors)}`);
}
