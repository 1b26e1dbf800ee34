import type { AppSettings } from '../../../src/app/settings.js';
import { type RunningApp, startApp } from '../../support/app.js';
import { readStrictly } from './strict-reader.js';

export interface ApiResponse {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests inspect arbitrary responses
  body: any;
}

export type PlatformCaller = Awaited<ReturnType<typeof startPlatform>>;

/** A running server and a client that validates each response like the strictest existing client. */
export async function startPlatform(overrides: Partial<AppSettings> = {}) {
  const running: RunningApp = await startApp(overrides);
  const { url, settings } = running;
  const token = settings.API_TOKEN;

  const call = async (path: string, init: RequestInit = {}): Promise<ApiResponse> => {
    const response = await fetch(`${url}/v3/${path}`, { ...init, headers: { 'api-token': token, ...init.headers } });
    const text = await response.text();
    const body = text === '' ? undefined : JSON.parse(text);
    readStrictly(init.method ?? 'GET', path, response.status, response.headers.get('content-type') ?? '', body);
    return { status: response.status, headers: response.headers, body };
  };
  const send = (method: string) => (path: string, body?: unknown) =>
    call(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });

  return {
    running,
    url,
    token,
    /** Any request, with the token. */
    call,
    get: (path: string) => call(path),
    post: send('POST'),
    put: send('PUT'),
    delete: send('DELETE'),
    /** A multipart form, as the newer SDKs send it. */
    form: (path: string, fields: Record<string, string | Blob>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      return call(path, { method: 'POST', body: form });
    },
    close: () => running.close(),
  };
}

/** Base body for creating a bot. */
export const newBot = (id: string, fields: object = {}) => ({
  bot_userid: id,
  bot_nickname: id,
  bot_profile_url: '',
  bot_type: '',
  bot_callback_url: 'https://bots.example/callback',
  is_privacy_mode: false,
  ...fields,
});

export const newUser = (id: string, fields: object = {}) => ({ user_id: id, nickname: id, profile_url: '', ...fields });

/** An expected error. */
export const error = (code: number, message: string | RegExp) => ({
  error: true,
  code,
  message: typeof message === 'string' ? message : expect.stringMatching(message),
});
