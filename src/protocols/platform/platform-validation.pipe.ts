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
 * Checks bodies and queries against their DTO. Fields that the DTO does not know are dropped, as clients of all generations send
 * more than is asked for; null means that a field is absent, unless the DTO's static `nullable` names it. A DTO with the static
 * `bodyMayBeAbsent` needs no body at all.
 *
 * @throws PlatformError naming the first field that is wrong, and its limit
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

/** A copy without what is null or undefined, in nested objects too. @param nullable fields of which null says something */
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
