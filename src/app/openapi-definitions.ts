import type { DocumentBuilder } from '@nestjs/swagger';
import { ClientApiModule } from './client-api.module.js';
import { ConnectorApiModule } from './connector-api.module.js';
import { PlatformApiModule } from './platform-api.module.js';

type SecurityScheme = Parameters<DocumentBuilder['addSecurity']>[1];

/** Describes one OpenAPI document. */
export interface OpenApiDefinition {
  /** Name of the file below `/docs` and in `docs/openapi`. */
  name: string;
  title: string;
  /** Introduction in Markdown; its `sh` block works as printed on a new server. @param url the address of the server */
  describe: (url: string) => string;
  module: new () => unknown;
  /** Selects the paths of the document. Default: all paths of the module. */
  pathPrefixes?: readonly string[];
  security: Readonly<Record<string, SecurityScheme>>;
  /** Tags with descriptions, in reading order. */
  tags: readonly (readonly [name: string, description: string])[];
}

/** Reads a property of the JSON on standard input. */
const READ = (property: string) => `node -pe 'JSON.parse(require("fs").readFileSync(0)).${property}'`;
const secret = (name: string) => `$(node -p 'require("./.data/secrets.json").${name}')`;
const shell = (...lines: string[]) => ['```sh', ...lines, '```'].join('\n');
const CURL_NOTE =
  'Run these lines in the folder of a new server that `npm start` has started. They need curl 7.82 or newer.';

export const OPENAPI_DEFINITIONS: readonly OpenApiDefinition[] = [
  {
    name: 'platform',
    title: 'Parley Platform API',
    module: PlatformApiModule,
    describe: (url) =>
      [
        'Manages users, bots, group channels and messages from a back end. Requests are authenticated by the header `Api-Token`.',
        CURL_NOTE,
        shell(
          `TOKEN="Api-Token: ${secret('API_TOKEN')}"`,
          `curl -s ${url}/v3/users -H "$TOKEN" --json '{"user_id": "ada", "nickname": "Ada", "profile_url": ""}'`,
          `curl -s ${url}/v3/group_channels -H "$TOKEN" --json '{"channel_url": "teatime", "name": "Tea", "user_ids": ["ada", "echo"]}'`,
          `curl -s ${url}/v3/group_channels/teatime/messages -H "$TOKEN" --json '{"message_type": "MESG", "user_id": "ada", "message": "Hello"}'`,
        ),
        'The bot `echo` replies in the channel. Errors have the status 400 in nearly all cases; check `code`.',
      ].join('\n\n'),
    security: {
      'Api-Token': {
        type: 'apiKey',
        in: 'header',
        name: 'Api-Token',
        description:
          'The `API_TOKEN`, which has all scopes, or a secondary token with the scopes of its creation. The first start stores a generated `API_TOKEN` in `DATA_DIR/secrets.json`.',
      },
    },
    tags: [
      ['Users', 'Users, their channels and their unread counts.'],
      ['Bots', 'Bots, their callbacks, their AI settings and the messages that they send.'],
      ['Group channels', 'Chats with several members.'],
      ['Members', 'Members of a channel: invitations, operators, typing indicators and history.'],
      ['Messages', 'Messages of a channel and read receipts.'],
      ['User metadata', 'Key-value data of a user.'],
      ['Channel metadata', 'Key-value data of a channel.'],
      ['API tokens', 'Secondary tokens with limited scopes. Only the master token can manage them.'],
    ],
  },
  {
    name: 'client',
    title: 'Parley Client API',
    module: ClientApiModule,
    pathPrefixes: ['/v1/client-api/', '/static/'],
    describe: (url) =>
      [
        'Lets people chat with bots from a browser or an app. `POST /v1/client-api/user` creates a user and sets the session cookie that authenticates all further requests.',
        CURL_NOTE,
        shell(
          `curl -s -c cookies.txt ${url}/v1/client-api/user --json '{"nickname": "ada"}'`,
          `CHAT=$(curl -s -b cookies.txt ${url}/v1/client-api/chat --json '{"botId": "echo"}' | ${READ('id')})`,
          `curl -s -b cookies.txt ${url}/v1/client-api/chat/message --json "{\\"chatId\\": \\"$CHAT\\", \\"body\\": \\"Hello\\"}"`,
        ),
        '`GET /v1/client-api/chat/{id}/messages` returns the reply of the bot, and `GET /v1/client-api/events` streams it.',
      ].join('\n\n'),
    security: {
      session: {
        type: 'apiKey',
        in: 'cookie',
        name: 'token',
        description: 'The session cookie. `POST /v1/client-api/user` sets it, and browsers send it.',
      },
    },
    tags: [
      ['Users', 'The own account and its sessions.'],
      ['Bots', 'The bots of the server and their commands.'],
      ['Chats', 'Chats of the user with a bot.'],
      ['Messages', 'Messages of a chat, typing indicators and read positions.'],
      ['Events', 'Server-sent events of all chats of the user.'],
      ['Files', 'Uploads and downloads.'],
      ['AI', 'Replies of AI bots: cancel, regenerate, continue.'],
      ['Service', 'Name, links and limits of the server.'],
    ],
  },
  {
    name: 'bot',
    title: 'Parley Bot API',
    module: ClientApiModule,
    pathPrefixes: ['/v1/bot-api/'],
    describe: (url) =>
      [
        'Lets a bot receive and send messages. Requests are authenticated by the key of the bot in the header `Authorization`.',
        CURL_NOTE,
        shell(
          `ADMIN="Authorization: ${secret('ADMIN_SECRET_KEY')}"`,
          `BOT="Authorization: $(curl -s ${url}/v1/admin-api/bot -H "$ADMIN" --json '{"name": "Librarian"}' | ${READ('key')})"`,
          `curl -s ${url}/v1/bot-api/bot -H "$BOT"`,
          `curl -s ${url}/v1/bot-api/bot/commands -H "$BOT" --json '[{"alias": "start", "description": "Start a conversation."}]'`,
        ),
        'A bot receives messages by a webhook (`POST /v1/bot-api/bot/webhook`) or by an event stream (`GET /v1/bot-api/events`), which needs no public address.',
      ].join('\n\n'),
    security: {
      'bot-key': {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        description: 'The `key` of `POST /v1/admin-api/bot` or `GET /v1/admin-api/bot/{id}/key`: `<botId>:<token>`.',
      },
    },
    tags: [
      ['Bot', 'The own profile.'],
      ['Webhook', 'The address that receives messages as signed POST requests.'],
      ['Events', 'Events of all chats of the bot, as a stream or by long polling.'],
      ['Messages', 'Messages of a chat, typing indicators and read positions.'],
      ['Chats', 'Chats of a user with the bot.'],
      ['Commands', 'Commands that clients show to users.'],
      ['Files', 'Uploads. Attachments of messages are downloaded by their `path`.'],
      ['Surveys', 'Surveys of the bot and their answers.'],
    ],
  },
  {
    name: 'admin',
    title: 'Parley Admin API',
    module: ClientApiModule,
    pathPrefixes: ['/v1/admin-api/'],
    describe: (url) =>
      [
        'Manages bots, their endpoints and deliveries, AI settings and the server. Requests are authenticated by the `ADMIN_SECRET_KEY` in the header `Authorization`.',
        CURL_NOTE,
        shell(
          `ADMIN="Authorization: ${secret('ADMIN_SECRET_KEY')}"`,
          `curl -s ${url}/v1/admin-api/bot -H "$ADMIN" --json '{"name": "Gardener"}'`,
          `curl -s ${url}/v1/admin-api/bots -H "$ADMIN"`,
          `curl -s ${url}/v1/admin-api/bot/echo/endpoints -H "$ADMIN"`,
        ),
      ].join('\n\n'),
    security: {
      'admin-key': {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        description: 'The `ADMIN_SECRET_KEY`. The first start stores a generated one in `DATA_DIR/secrets.json`.',
      },
    },
    tags: [
      ['Bots', 'Create, disable and delete bots; read and replace their keys.'],
      ['Endpoints', 'Endpoints of a bot: state, pause, test, signing secret.'],
      ['Deliveries', 'Deliveries, their attempts and redelivery.'],
      ['AI', 'AI settings, runs, alerts, and chats that a human has taken over.'],
      ['Users', 'Sessions of a user.'],
      ['Surveys', 'Surveys of all bots and their answers.'],
      ['Server', 'Configuration and the audit log.'],
    ],
  },
  {
    name: 'connector',
    title: 'Parley chatbot connector',
    module: ConnectorApiModule,
    describe: (url) =>
      [
        'The HTTP part of the connector for socket bots: server information, socket tokens, files and survey pages. `docs/chatbot-connector.md` describes the socket at `/websocket/chat_bot`.',
        CURL_NOTE,
        shell(
          `curl -s ${url}/api/v4/server`,
          `ADMIN="Authorization: ${secret('ADMIN_SECRET_KEY')}"`,
          `KEY=$(curl -s ${url}/v1/admin-api/bot -H "$ADMIN" --json '{"name": "Courier"}' | ${READ('key')})`,
          `curl -s ${url}/bridge/api/client/v1/oauth/token -d grant_type=password -d "username=\${KEY%%:*}" -d "password=\${KEY#*:}"`,
        ),
        'No operation needs a credential in a header: tokens are issued for a password, and links and upload tasks are valid for a limited time.',
      ].join('\n\n'),
    security: {},
    tags: [
      ['Server', 'Information that clients read before they connect.'],
      ['Token', 'Socket tokens.'],
      ['Files', 'Uploads by task and downloads by signed link.'],
      ['Surveys', 'Pages of surveys and their results.'],
    ],
  },
];
