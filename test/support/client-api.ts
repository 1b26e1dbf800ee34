import { TEST_SECRETS } from './settings.js';

/** A person with a session, as in a browser. */
export interface Person {
  id: string;
  cookie: string;
}

export interface SentMessage {
  id: string;
  chatId: string;
  senderId: string;
  body: string;
  timestamp: number;
}

/** A response other than 2xx. */
export class ApiError extends Error {
  constructor(
    request: string,
    readonly status: number,
    readonly body: string,
  ) {
    super(`${request} answered ${status}: ${body}`);
  }
}

/** A minimal client of the Client, Bot and Admin APIs, for tests of other subjects. Throws on any response other than 2xx. */
export class ClientApi {
  constructor(private readonly url: string) {}

  async logIn(nickname: string): Promise<Person> {
    const response = await this.request('POST', '/v1/client-api/user', {}, { nickname });
    const { id } = (await response.json()) as { id: string };
    return { id, cookie: response.headers.getSetCookie()[0].split(';')[0] };
  }

  /** @returns the bot's id and key */
  async createBot(name: string): Promise<{ id: string; key: string }> {
    const headers = { authorization: TEST_SECRETS.ADMIN_SECRET_KEY };
    const response = await this.request('POST', '/v1/admin-api/bot', headers, { name });
    const { bot, key } = (await response.json()) as { bot: { id: string }; key: string };
    return { id: bot.id, key };
  }

  /** @returns the signing secret of callbacks */
  async setWebhook(key: string, url: string): Promise<string> {
    const response = await this.request('POST', '/v1/bot-api/bot/webhook', { authorization: key }, { url });
    return ((await response.json()) as { signingSecret: string }).signingSecret;
  }

  async createChat({ cookie }: Person, botId: string): Promise<string> {
    const response = await this.request('POST', '/v1/client-api/chat', { cookie }, { botId });
    return ((await response.json()) as { id: string }).id;
  }

  /** @param key idempotency key of the message */
  async sendMessage({ cookie }: Person, chatId: string, body: string, key?: string): Promise<SentMessage> {
    const headers = { cookie, ...(key ? { 'idempotency-key': key } : {}) };
    const response = await this.request('POST', '/v1/client-api/chat/message', headers, { chatId, body });
    return (await response.json()) as SentMessage;
  }

  /** @param key as for `sendMessage` */
  async sendMessageAsBot(botKey: string, chatId: string, body: string, key?: string): Promise<SentMessage> {
    const headers = { authorization: botKey, ...(key ? { 'idempotency-key': key } : {}) };
    const response = await this.request('POST', '/v1/bot-api/chat/message', headers, { chatId, body });
    return (await response.json()) as SentMessage;
  }

  async listMessages({ cookie }: Person, chatId: string, query = ''): Promise<SentMessage[]> {
    const response = await this.request('GET', `/v1/client-api/chat/${chatId}/messages${query}`, { cookie });
    return ((await response.json()) as { messages: SentMessage[] }).messages;
  }

  private async request(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: object,
  ): Promise<Response> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    if (!response.ok) throw new ApiError(`${method} ${path}`, response.status, await response.text());
    return response;
  }
}
