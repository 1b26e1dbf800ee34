import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { clipList } from '../../core/validation/list-limits.js';
import { PLATFORM_CODES } from './platform-codes.js';
import { readTextFields, TextFields } from './platform-text.js';
import { toPlatformError } from './platform-validation.errors.js';
import { PlatformError } from './platform.error.js';

const NOT_A_DTO: readonly unknown[] = [undefined, Object, String, Number, Boolean, Array];

/**
 * Validates bodies and queries against their DTO. Drops unknown fields, which existing clients send. Null means absent, unless the
 * DTO's static `nullable` contains the field. A DTO with the static `bodyMayBeAbsent` requires no body.
 *
 * @throws PlatformError with the first invalid field and its limit
 */
@Injectable()
export class PlatformValidationPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || !metatype || NOT_A_DTO.includes(metatype)) return value;
    const isQuery = type === 'query';
    const fields = toFields(
      isQuery ? new TextFields((value ?? {}) as Record<string, unknown>) : value,
      metatype as Type<object>,
    );
    const { nullable } = metatype as { nullable?: readonly string[] };
    const dto = plainToInstance(metatype as Type<object>, clipLists(metatype, withoutAbsent(fields, nullable)));
    const errors = validateSync(dto, { whitelist: true });
    if (errors.length > 0) throw toPlatformError(errors, isQuery);
    return dto;
  }
}

function toFields(value: unknown, type: Type<object>): object {
  if (value instanceof TextFields) return readTextFields(value, type);
  if (value === undefined && (type as { bodyMayBeAbsent?: boolean }).bodyMayBeAbsent) return {};
  if (value === undefined) throw new PlatformError(PLATFORM_CODES.parametersMissing, 'A JSON body is required.');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PlatformError(PLATFORM_CODES.notAnObject, 'The body must be a JSON object.');
  }
  return value;
}

const clipLists = (type: Type, fields: object): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, clipList(type, name, value)]));

/** Returns a copy without null and undefined fields, also in nested objects. @param nullable fields that keep null */
function withoutAbsent(fields: object, nullable: readonly string[] = []): object {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]: [string, unknown]) => {
      if (value === undefined || (value === null && !nullable.includes(name))) return [];
      return [[name, isPlainObject(value) ? withoutAbsent(value) : value]];
    }),
  );
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
