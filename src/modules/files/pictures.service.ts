import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { together } from '../../core/database/database.js';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { ChatPictureChanged, ChatsRemoved } from '../chats/index.js';
import { UserErased, UserPictureChanged } from '../users/index.js';
import { notAPicture, pictureTooLarge } from './file.errors.js';
import { PicturesRepository } from './pictures.repository.js';

/** The limits of the Platform API for pictures of users and channels. */
const MAX_BYTES = 5 * 1024 * 1024;
const TYPES: readonly string[] = ['image/jpeg', 'image/png'];

const NO_PICTURE = '';

/** What must be known of an uploaded file. */
export interface UploadedPicture {
  readonly path: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
}

/**
 * Uploaded files that are not said in a chat, but shown as somebody's picture. They stay as long as somebody has their address as
 * its picture, which is written down in the transaction that gives it, or takes it away.
 */
@Injectable()
export class PicturesService {
  constructor(
    private readonly pictures: PicturesRepository,
    private readonly settings: Settings,
  ) {}

  /**
   * The address by which an uploaded file becomes somebody's picture.
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
    return this.show(`user:${userId}`, url);
  }

  @OnDomainEvent(UserErased, 'in-transaction')
  forgetUser({ userId }: UserErased): Promise<void> {
    return this.show(`user:${userId}`, NO_PICTURE);
  }

  @OnDomainEvent(ChatPictureChanged, 'in-transaction')
  showOfChat({ chatId, url }: ChatPictureChanged): Promise<void> {
    return this.show(`chat:${chatId}`, url);
  }

  @OnDomainEvent(ChatsRemoved, 'in-transaction')
  async forgetChats({ chats }: ChatsRemoved): Promise<void> {
    await together(chats.map(({ chatId }) => this.show(`chat:${chatId}`, NO_PICTURE)));
  }

  /** @param url of a file of ours, or of anything else, which is nothing to keep */
  private show(holder: string, url: string): Promise<void> {
    return this.pictures.show(holder, url.startsWith(this.base) ? url.slice(this.base.length) : NO_PICTURE);
  }

  private get base(): string {
    return `${this.settings.publicUrl}/`;
  }
}
