import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Agent, request } from 'undici';
import { ServiceConfig } from '../../../core/config/service-config.js';
import { Settings } from '../../../core/config/settings.js';
import { DomainError } from '../../../core/errors/domain.error.js';
import { outgoingHttp } from '../../../core/http/outgoing/outgoing-http.js';
import { largestLimit } from '../content/kinds.js';
import type { FileEntity } from '../file.entity.js';
import { urlInvalid, urlUnreachable } from '../file.errors.js';
import type { Uploader } from '../file.types.js';
import { UploadsService } from '../uploads.service.js';

/** Milliseconds for the whole download; a request waits for it. */
const TIMEOUT_MS = 10_000;

const TOO_LARGE = 'the file is too large';

/** Downloads files from untrusted URLs, with the same address checks as callbacks. */
@Injectable()
export class RemoteFiles implements OnApplicationShutdown {
  private readonly agent: Agent;
  private readonly maxBytes: number;

  constructor(
    settings: Settings,
    config: ServiceConfig,
    private readonly uploads: UploadsService,
  ) {
    this.maxBytes = largestLimit(config.limits.file);
    this.agent = outgoingHttp({
      allowPrivate: settings.CALLBACK_ALLOW_PRIVATE,
      maxResponseBytes: this.maxBytes + 1,
    });
  }

  /**
   * Downloads a file and stores it for the uploader.
   *
   * @param name overrides the name in the URL
   * @throws DomainError invalid `file.url_invalid`, `file.url_unreachable`; as `UploadsService.receiveOne`
   */
  async fetch(uploader: Uploader, url: string, name?: string): Promise<FileEntity> {
    const address = parseUrl(url);
    try {
      const { statusCode, headers, body } = await request(address, {
        dispatcher: this.agent,
        headers: { 'user-agent': 'Parley-Files/1', 'accept-encoding': 'identity' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (statusCode !== 200) {
        await body.dump();
        throw urlUnreachable(`the server responded with status ${statusCode}`);
      }
      if (Number(headers['content-length']) > this.maxBytes) {
        body.destroy();
        throw urlUnreachable(TOO_LARGE);
      }
      const type = [headers['content-type']].flat()[0];
      return await this.uploads.receiveOne(uploader, { name: name ?? nameIn(address), type, content: body });
    } catch (error) {
      throw error instanceof DomainError ? error : urlUnreachable(reasonOf(error));
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}

function parseUrl(url: string): URL {
  if (!URL.canParse(url)) throw urlInvalid();
  const parsed = new URL(url);
  if (!['http:', 'https:'].includes(parsed.protocol) || parsed.username || parsed.password) throw urlInvalid();
  return parsed;
}

function nameIn({ pathname }: URL): string {
  const last = pathname.split('/').at(-1)!;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** Maps an error to a reason that reveals nothing about the internal network. */
function reasonOf(error: unknown): string {
  const { name, code = '' } = error as { name?: string; code?: string };
  if (name === 'TimeoutError' || code.includes('TIMEOUT')) return 'the request timed out';
  if (code === 'E_BLOCKED_ADDRESS') return 'the address is not public';
  return code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? TOO_LARGE : 'the server did not respond';
}
