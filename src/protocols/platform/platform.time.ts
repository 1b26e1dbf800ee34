/** The form of `created_at` of users, bots and channels, and of `joined_ts`: seconds since 1970. */
export const toSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);

/** The form of all times of messages, receipts and presence: milliseconds since 1970, `absent` where there is none. */
export const toMillis = (date: Date | null, absent = 0): number => date?.getTime() ?? absent;

/** Reads a time in milliseconds since 1970. @returns undefined where there is none */
export const fromMillis = (millis: number | undefined): Date | undefined =>
  millis === undefined ? undefined : new Date(millis);
