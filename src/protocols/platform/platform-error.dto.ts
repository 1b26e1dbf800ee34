import { ApiInt } from './platform-openapi.js';

/** What every failed request is answered with. */
export class PlatformErrorDto {
  /** @example true */
  error: boolean;

  /**
   * What went wrong, for programs. The most frequent: 400100 to 400104 a field has the wrong JSON type, 400105 a field is missing,
   * 400110 too long, 400111 not a valid value, 400113 out of range, 400108 not allowed, 400201 not found, 400202 exists already,
   * 400203 too many items, 400401 the API token is wrong, 400403 the body is not JSON, 400404 unknown URL, 500910 too many requests.
   * @example 400105
   */
  @ApiInt()
  code: number;

  /**
   * What went wrong, for people: names the field and its limit.
   * @example "nickname must be required."
   */
  message: string;
}

/** What a request is answered with that has nothing to tell. */
export class PlatformEmptyDto {}
