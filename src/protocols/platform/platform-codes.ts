/**
 * The error codes of the Platform API. The HTTP status is 400 for nearly all of them; clients check the code.
 */
export const PLATFORM_CODES = {
  notAString: 400100,
  notANumber: 400101,
  notAList: 400102,
  notAnObject: 400103,
  notABoolean: 400104,
  required: 400105,
  negative: 400106,
  notAuthorized: 400108,
  tooLong: 400110,
  invalid: 400111,
  outOfRange: 400113,
  badCharacter: 400151,
  notFound: 400201,
  exists: 400202,
  tooMany: 400203,
  deactivated: 400300,
  quotaUsedUp: 400306,
  invalidToken: 400401,
  parametersMissing: 400402,
  notJson: 400403,
  unknownUrl: 400404,
  unacceptable: 400920,
  unexpected: 500901,
  rateLimited: 500910,
} as const;

export type PlatformCode = (typeof PLATFORM_CODES)[keyof typeof PLATFORM_CODES];
