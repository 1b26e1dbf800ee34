import { Injectable } from '@nestjs/common';
import { Encryptor } from '../../core/crypto/encryptor.js';
import { PLATFORM_CODES } from './platform-codes.js';
import { PlatformError } from './platform.error.js';
import type { PlatformPageQueryDto } from './platform.paging.dto.js';

/** The sort key of the last item of a page. The next page begins after it, regardless of added or removed items. */
export type Position = readonly (string | number)[];

/** Sort key of lists in order of creation. */
export interface Created {
  createdAt: Date;
  id: string;
}

export const creationPosition = ({ createdAt, id }: Created): Position => [createdAt.getTime(), id];

export const readCreationPosition = (position: Position | undefined): Created | undefined =>
  position && { createdAt: new Date(Number(position[0])), id: String(position[1]) };

/** Identifies a list in its page tokens. */
export interface PlatformList<Item> {
  /** Unique per order and per filter in the path. */
  name: string;
  positionOf: (item: Item) => Position;
}

/** The items to load: those after a position, one more than the page has, to detect the last page. */
export interface PageRequest {
  after: Position | undefined;
  limit: number;
}

export interface Page<Item> {
  items: Item[];
  /** The token of the next page; `""` on the last one. */
  next: string;
}

/** Pages of lists. A token is an encrypted position, so that it cannot be forged or used for another list. */
@Injectable()
export class PlatformPages {
  constructor(private readonly encryptor: Encryptor) {}

  /**
   * @param find loads the items in the order of the list
   * @throws PlatformError for a token that this server has not issued for this list
   */
  async list<Item>(
    { name, positionOf }: PlatformList<Item>,
    query: PlatformPageQueryDto,
    find: (slice: PageRequest) => Promise<readonly Item[]>,
  ): Promise<Page<Item>> {
    const limit = query.limit!;
    const found = await find({ after: this.readToken(name, query.token), limit: limit + 1 });
    const items = found.slice(0, limit);
    const isLast = found.length <= limit;
    return { items, next: isLast ? '' : this.createToken(name, positionOf(items.at(-1)!)) };
  }

  private readToken(list: string, token: string | undefined): Position | undefined {
    if (!token) return undefined;
    const [tokensList, ...position] = this.decryptToken(token);
    if (tokensList !== list) throw invalidToken();
    return position;
  }

  private createToken(list: string, position: Position): string {
    return this.encryptor.encrypt(JSON.stringify([list, ...position])).toString('base64url');
  }

  private decryptToken(token: string): Position {
    try {
      return JSON.parse(this.encryptor.decrypt(Buffer.from(token, 'base64url'))) as Position;
    } catch {
      throw invalidToken();
    }
  }
}

const invalidToken = () =>
  new PlatformError(PLATFORM_CODES.invalid, 'token must be the "next" of an earlier page of the same list.');
