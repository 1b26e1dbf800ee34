import { Injectable } from '@nestjs/common';
import { Sealer } from '../../core/crypto/sealer.js';
import { PLATFORM_CODES } from './platform-codes.js';
import { PlatformError } from './platform.error.js';
import type { PlatformPageQueryDto } from './platform.paging.dto.js';

/** The sort key of the last item of a page: the next page begins behind it, whatever was added or removed meanwhile. */
export type Position = readonly (string | number)[];

/** What sorts the lists that are in the order of creation. */
export interface Created {
  createdAt: Date;
  id: string;
}

export const creationPosition = ({ createdAt, id }: Created): Position => [createdAt.getTime(), id];

export const readCreationPosition = (position: Position | undefined): Created | undefined =>
  position && { createdAt: new Date(Number(position[0])), id: String(position[1]) };

/** A list as its page tokens know it. */
export interface PlatformList<Item> {
  /** Each order, and each filter that is part of the address, makes a list of its own. */
  name: string;
  positionOf: (item: Item) => Position;
}

/** What a page is cut out of: what is behind a position, and one item more than the page has, to see whether it is the last. */
export interface Slice {
  after: Position | undefined;
  limit: number;
}

export interface Page<Item> {
  items: Item[];
  /** The token of the next page; `""` on the last one. */
  next: string;
}

/** The pages of lists. A token holds a position, sealed, so that nobody can build one or take that of another list. */
@Injectable()
export class PlatformPages {
  constructor(private readonly sealer: Sealer) {}

  /**
   * @param query which page
   * @param find looks up the items of a slice, in the order of the list
   * @throws PlatformError when the token is none of this list, as this server has made it
   */
  async of<Item>(
    { name, positionOf }: PlatformList<Item>,
    query: PlatformPageQueryDto,
    find: (slice: Slice) => Promise<readonly Item[]>,
  ): Promise<Page<Item>> {
    const limit = query.limit!;
    const found = await find({ after: this.read(name, query.token), limit: limit + 1 });
    const items = found.slice(0, limit);
    const isLast = found.length <= limit;
    return { items, next: isLast ? '' : this.make(name, positionOf(items.at(-1)!)) };
  }

  private read(list: string, token: string | undefined): Position | undefined {
    if (!token) return undefined;
    const [tokensList, ...position] = this.open(token);
    if (tokensList !== list) throw invalidToken();
    return position;
  }

  private make(list: string, position: Position): string {
    return this.sealer.seal(JSON.stringify([list, ...position])).toString('base64url');
  }

  private open(token: string): Position {
    try {
      return JSON.parse(this.sealer.open(Buffer.from(token, 'base64url'))) as Position;
    } catch {
      throw invalidToken();
    }
  }
}

const invalidToken = () =>
  new PlatformError(PLATFORM_CODES.invalid, 'token must be the "next" of an earlier page of the same list.');
