import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** Hosts in container networks may have names such as `parley_postgres`. */
export const URL_OPTIONS = { require_tld: false, require_protocol: true, allow_underscores: true };

export const toList = ({ value }: { value: unknown }) =>
  typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
export const toNumbers = (params: { value: unknown }) => {
  const list = toList(params);
  return Array.isArray(list) ? list.map((part) => (part === '' ? NaN : Number(part))) : list;
};
export const toTrust = (params: { value: unknown }) =>
  /^\d+$/.test(String(params.value)) ? Number(params.value) : toList(params);
export const toBoolean = ({ value }: { value: unknown }) =>
  typeof value === 'string'
    ? ({ true: true, '1': true, false: false, '0': false }[value.toLowerCase()] ?? value)
    : value;

/** Validates an integer between `min` and `max`. */
export const WholeNumber = (min: number, max: number): PropertyDecorator =>
  applyDecorators(
    Max(max),
    Min(min),
    IsInt(),
    Type(() => Number),
  );
