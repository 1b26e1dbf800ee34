const DIGITS = /^-?\d{1,15}$/;

/** For `@Transform`: converts an integer in a query. Leaves other values to the validation. */
export const toInteger = ({ value }: { value: unknown }): unknown =>
  DIGITS.test(String(value)) ? Number(value) : value;
