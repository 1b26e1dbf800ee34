import { Injectable } from '@nestjs/common';
import { Sealer } from '../../core/crypto/sealer.js';
import { PLATFORM_CODES } from './platform-codes.js';
import { PlatformError } from './platform.error.js';

/** The sort key of the last item of a page: the next page begins behind it, whatever was added or removed meanwhile. */
export type Position = readonly (string | number)[];

/** A page, with one item read beyond it to see whether it is the last. */
export interface Page<Item> {
  items: Item[];
  /** The last item, if there are more behind it. */
  last: Item | undefined;
}

/** @param found `limit + 1` items, or fewer if there are no more */
export function cutPage<Item>(found: readonly Item[], limit: number): Page<Item> {
  const items = found.slice(0, limit);
  return { items, last: found.length > limit ? items.at(-1) : undefined };
}

/** The `token` and `next` of lists: a position, sealed, so that nobody can build one or take that of another list. */
@Injectable()
export class PageTokens {
  constructor(private readonly sealer: Sealer) {}

  /** @returns `""` for the last page, which has no position behind it */
  make(list: string, position: Position | undefined): string {
    return position ? this.sealer.seal(JSON.stringify([list, ...position])).toString('base64url') : '';
  }

  /**
   * @returns the position, or undefined for the first page
   * @throws PlatformError when it is not a token of this list, as this server has made it
   */
  read(list: string, token: string | undefined): Position | undefined {
    if (!token) return undefined;
    const [tokensList, ...position] = this.open(token);
    if (tokensList !== list) throw invalidToken();
    return position;
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
