/** Formats `created_at` of users, bots and channels, and `joined_ts`: seconds since 1970. */
export const toSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);

/** Formats all times of messages, receipts and presence: milliseconds since 1970, `absent` for null. */
export const toMillis = (date: Date | null, absent = 0): number => date?.getTime() ?? absent;

/** Parses a time in milliseconds since 1970. */
export const fromMillis = (millis: number | undefined): Date | undefined =>
  millis === undefined ? undefined : new Date(millis);
