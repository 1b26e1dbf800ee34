import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';

/** A secondary token. */
export class PlatformApiTokenDto {
  /**
   * By which it can be revoked.
   * @example 01jd8zq3v5m6n7p8q9r0s1t2v3
   */
  id: string;

  /**
   * Milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  created_at: number;
}

/** A secondary token that was just made: the only time that it is shown. */
export class PlatformNewApiTokenDto extends PlatformApiTokenDto {
  /**
   * Goes into the header `Api-Token`.
   * @example b1c0ffee00112233445566778899aabbccddeeff
   */
  token: string;
}

/** All secondary tokens. */
export class PlatformApiTokenListDto {
  api_tokens: PlatformApiTokenDto[];
}
