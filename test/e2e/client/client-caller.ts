import { startApp, type RunningApp } from '../../support/app.js';

/** Any JSON response: the tests assert its shape. */
export type Json = ReturnType<typeof JSON.parse>;

export interface ApiResponse {
  status: number;
  headers: Headers;
  body: Json;
}

export interface CallOptions {
  /** Sent as JSON; a string or bytes are sent unchanged. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** Calls one of the three APIs as its clients do: JSON in, JSON out. */
export class ApiCaller {
  constructor(
    private readonly url: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  get = (path: string, options?: CallOptions) => this.call('GET', path, options);
  post = (path: string, body?: unknown, options?: CallOptions) => this.call('POST', path, { body, ...options });
  put = (path: string, body?: unknown) => this.call('PUT', path, { body });
  delete = (path: string) => this.call('DELETE', path);

  async call(method: string, path: string, { body, headers }: CallOptions = {}): Promise<ApiResponse> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...this.headers, ...headers },
      body: raw ? (body as string) : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
  }
}

export interface TestPerson extends ApiCaller {
  readonly id: string;
  /** `token=…` */
  readonly cookie: string;
}

export interface TestBot extends ApiCaller {
  readonly id: string;
  readonly name: string;
  readonly key: string;
}

/** The three APIs of a running application, with their credentials. */
export interface ClientApis extends RunningApp {
  /** The Client API without a session. */
  readonly anonymous: ApiCaller;
  readonly admin: ApiCaller;
  withCookie(cookie: string): ApiCaller;
  withKey(key: string): ApiCaller;
  signUp(nickname?: string): Promise<TestPerson>;
  createBot(fields?: object): Promise<TestBot>;
}

export async function startClientApis(overrides?: Parameters<typeof startApp>[0]): Promise<ClientApis> {
  const running = await startApp(overrides);
  const { url, settings } = running;
  const anonymous = new ApiCaller(`${url}/v1/client-api`);
  const admin = new ApiCaller(`${url}/v1/admin-api`, { authorization: settings.ADMIN_SECRET_KEY });
  const withCookie = (cookie: string) => new ApiCaller(`${url}/v1/client-api`, { cookie });
  const withKey = (key: string) => new ApiCaller(`${url}/v1/bot-api`, { authorization: key });
  let bots = 0;

  return {
    ...running,
    anonymous,
    admin,
    withCookie,
    withKey,
    async signUp(nickname = 'Alice') {
      const { body, headers } = await anonymous.post('/user', { nickname });
      const cookie = cookieOf(headers);
      return Object.assign(withCookie(cookie), { id: body.id as string, cookie });
    },
    async createBot(fields = {}) {
      const { body } = await admin.post('/bot', { name: `Bot ${++bots}`, ...fields });
      return Object.assign(withKey(body.key), { id: body.bot.id, name: body.bot.name, key: body.key });
    },
  };
}

/** @returns the cookie set by a response, as a browser sends it back */
export function cookieOf(headers: Headers): string {
  const [cookie] = headers.getSetCookie();
  if (!cookie) throw new Error('The answer sets no cookie.');
  return cookie.split(';', 1)[0];
}

/** An error in the form of the contract: the message, and the additional fields that it allows. */
export const clientError = (message: unknown, fields: object = {}) =>
  expect.objectContaining({ message, code: expect.any(String), request_id: expect.any(String), ...fields });
