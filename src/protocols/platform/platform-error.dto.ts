import { ApiInt } from './platform-openapi.js';

/** The response to a failed request. */
export class PlatformErrorDto {
  /** Always true. @example true */
  error: boolean;

  /**
   * The error code. The most frequent: 400100 to 400104 a field has the wrong JSON type, 400105 a field is missing,
   * 400110 too long, 400111 not a valid value, 400113 out of range, 400108 not allowed, 400201 not found, 400202 exists already,
   * 400203 too many items, 400401 the API token is wrong, 400403 the body is not JSON, 400404 unknown URL, 500910 too many requests.
   * @example 400105
   */
  @ApiInt()
  code: number;

  /**
   * The error message: names the field and its limit.
   * @example "nickname must be required."
   */
  message: string;
}

/** An empty response. */
export class PlatformEmptyDto {}
