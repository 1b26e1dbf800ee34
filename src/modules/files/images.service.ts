import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { settleAll } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { ChatImageChanged, ChatsRemoved } from '../chats/index.js';
import { UserDeleted, UserImageChanged } from '../users/index.js';
import { notAnImage, imageFileTooLarge } from './file.errors.js';
import { ImagesRepository } from './images.repository.js';

/** Limits of the Platform API for images of users and channels. */
const MAX_BYTES = 5 * 1024 * 1024;
const TYPES: readonly string[] = ['image/jpeg', 'image/png'];

const NO_IMAGE = '';

/** The properties of an uploaded file that are checked. */
export interface UploadedImage {
  readonly path: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
}

/**
 * Uploaded files that serve as images of users and chats. They are kept as long as an image URL refers to them; the use is
 * recorded in the transaction that changes the URL.
 */
@Injectable()
export class ImagesService {
  constructor(
    private readonly images: ImagesRepository,
    private readonly settings: Settings,
  ) {}

  /**
   * Returns the URL under which an uploaded file serves as an image.
   *
   * @throws DomainError invalid `file.not_an_image`, `file.image_too_large`
   */
  urlOf({ path, mimeType, sizeBytes }: UploadedImage): string {
    if (!TYPES.includes(mimeType)) throw notAnImage();
    if (sizeBytes > MAX_BYTES) throw imageFileTooLarge(MAX_BYTES);
    return this.base + path;
  }

  @OnDomainEvent(UserImageChanged, 'in-transaction')
  onUserImageChanged({ userId, url }: UserImageChanged): Promise<void> {
    return this.setImage(`user:${userId}`, url);
  }

  @OnDomainEvent(UserDeleted, 'in-transaction')
  onUserDeleted({ userId }: UserDeleted): Promise<void> {
    return this.setImage(`user:${userId}`, NO_IMAGE);
  }

  @OnDomainEvent(ChatImageChanged, 'in-transaction')
  onChatImageChanged({ chatId, url }: ChatImageChanged): Promise<void> {
    return this.setImage(`chat:${chatId}`, url);
  }

  @OnDomainEvent(ChatsRemoved, 'in-transaction')
  async onChatsRemoved({ chats }: ChatsRemoved): Promise<void> {
    await settleAll(chats.map(({ chatId }) => this.setImage(`chat:${chatId}`, NO_IMAGE)));
  }

  /** @param url of a stored file, or an external URL, which keeps no file */
  private setImage(holder: string, url: string): Promise<void> {
    return this.images.setImage(holder, url.startsWith(this.base) ? url.slice(this.base.length) : NO_IMAGE);
  }

  private get base(): string {
    return `${this.settings.publicUrl}/`;
  }
}
