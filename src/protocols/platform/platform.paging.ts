import { Injectable } from '@nestjs/common';
import { Sealer } from '../../core/crypto/sealer.js';
import { PLATFORM_CODES } from './platform-codes.js';
import { PlatformError } from './platform.error.js';

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

export interface Page<Item> {
  items: Item[];
  /** The token of the next page; `""` on the last one. */
  next: string;
}

/** The `token` and `next` of lists: a position, sealed, so that nobody can build one or take that of another list. */
@Injectable()
export class PageTokens {
  constructor(private readonly sealer: Sealer) {}

  /**
   * @returns the position behind which the page begins, or undefined for the first page
   * @throws PlatformError when it is not a token of this list, as this server has made it
   */
  read(list: string, token: string | undefined): Position | undefined {
    if (!token) return undefined;
    const [tokensList, ...position] = this.open(token);
    if (tokensList !== list) throw invalidToken();
    return position;
  }

  /** Cuts a page out of what was found. @param found `limit + 1` items, or fewer if there are no more */
  cut<Item>(list: string, found: readonly Item[], limit: number, positionOf: (item: Item) => Position): Page<Item> {
    const items = found.slice(0, limit);
    const isLast = found.length <= limit;
    return { items, next: isLast ? '' : this.make(list, positionOf(items.at(-1)!)) };
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
