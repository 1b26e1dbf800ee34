const DIGITS = /^-?\d{1,15}$/;

/** For `@Transform`: makes a number of the digits in a query, also of one that is below every limit; what is none is left to the validation. */
export const toInteger = ({ value }: { value: unknown }): unknown =>
  DIGITS.test(String(value)) ? Number(value) : value;
