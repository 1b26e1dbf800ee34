/** The SDK for JavaScript has no types: every call takes the token, ids and options, and answers what it has read. */
declare module 'sendbird-platform-sdk' {
  type Api = Record<string, (...parameters: unknown[]) => Promise<Record<string, unknown>>>;
  type ApiClass = new (client: ApiClient) => Api;
  export class ApiClient {
    constructor(basePath: string);
  }
  export const BotApi: ApiClass;
  export const UserApi: ApiClass;
  export const GroupChannelApi: ApiClass;
  export const MessageApi: ApiClass;
  export const MetadataApi: ApiClass;
}
