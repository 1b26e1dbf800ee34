import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { together } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { ChatPictureChanged, ChatsRemoved } from '../chats/index.js';
import { UserErased, UserPictureChanged } from '../users/index.js';
import { notAPicture, pictureTooLarge } from './file.errors.js';
import { PicturesRepository } from './pictures.repository.js';

/** Limits of the Platform API for images of users and channels. */
const MAX_BYTES = 5 * 1024 * 1024;
const TYPES: readonly string[] = ['image/jpeg', 'image/png'];

const NO_IMAGE = '';

/** The properties of an uploaded file that are checked. */
export interface UploadedPicture {
  readonly path: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
}

/**
 * Uploaded files that serve as images of users and chats. They are kept as long as an image URL refers to them; the use is
 * recorded in the transaction that changes the URL.
 */
@Injectable()
export class PicturesService {
  constructor(
    private readonly pictures: PicturesRepository,
    private readonly settings: Settings,
  ) {}

  /**
   * Returns the URL under which an uploaded file serves as an image.
   *
   * @throws DomainError invalid `file.not_a_picture`, `file.picture_too_large`
   */
  addressOf({ path, mimeType, sizeBytes }: UploadedPicture): string {
    if (!TYPES.includes(mimeType)) throw notAPicture();
    if (sizeBytes > MAX_BYTES) throw pictureTooLarge(MAX_BYTES);
    return this.base + path;
  }

  @OnDomainEvent(UserPictureChanged, 'in-transaction')
  showOfUser({ userId, url }: UserPictureChanged): Promise<void> {
    return this.setImage(`user:${userId}`, url);
  }

  @OnDomainEvent(UserErased, 'in-transaction')
  forgetUser({ userId }: UserErased): Promise<void> {
    return this.setImage(`user:${userId}`, NO_IMAGE);
  }

  @OnDomainEvent(ChatPictureChanged, 'in-transaction')
  showOfChat({ chatId, url }: ChatPictureChanged): Promise<void> {
    return this.setImage(`chat:${chatId}`, url);
  }

  @OnDomainEvent(ChatsRemoved, 'in-transaction')
  async forgetChats({ chats }: ChatsRemoved): Promise<void> {
    await together(chats.map(({ chatId }) => this.setImage(`chat:${chatId}`, NO_IMAGE)));
  }

  /** @param url of a stored file, or an external URL, which keeps no file */
  private setImage(holder: string, url: string): Promise<void> {
    return this.pictures.show(holder, url.startsWith(this.base) ? url.slice(this.base.length) : NO_IMAGE);
  }

  private get base(): string {
    return `${this.settings.publicUrl}/`;
  }
}
