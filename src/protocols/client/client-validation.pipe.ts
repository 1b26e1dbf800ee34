import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError, type ValidatorOptions } from 'class-validator';
import { clipList } from '../../core/validation/list-limits.js';
import { BodyError, HttpInputError } from '../../core/http/http-input.error.js';

const OPTIONS: ValidatorOptions = {
  stopAtFirstError: true,
  forbidUnknownValues: false,
  validationError: { target: false, value: false },
};

/**
 * Creates and validates the DTO of a body or a query. Null means absent. Drops unknown fields, which existing clients send.
 * Reports only the first error, with the message of its decorator.
 *
 * @throws HttpInputError 400 `body_required`, `body_must_be_object`, `invalid_field`
 */
@Injectable()
export class ClientValidationPipe implements PipeTransform {
  /** Cached, since the look-up costs more than the validation. */
  private readonly fields = new Map<Type, readonly string[]>();

  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    // `ListValidationPipe` validates arrays.
    if ((type !== 'body' && type !== 'query') || !metatype || metatype === Array) return value;
    return this.check(metatype, value);
  }

  /** @param path of the object within the body, with a trailing dot */
  check(metatype: Type, value: unknown, path = ''): object {
    if (!isObject(value)) throw path ? itemNotAnObject(path) : notAnObject(value);
    const dto = plainToInstance(metatype as Type<object>, this.pickKnown(metatype, value));
    const [fault] = validateSync(dto, OPTIONS);
    if (!fault) return dto;
    throw toInputError(fault, path);
  }

  private pickKnown(metatype: Type, value: Record<string, unknown>): Record<string, unknown> {
    const known: Record<string, unknown> = {};
    for (const field of this.fieldsOf(metatype)) {
      if (Object.hasOwn(value, field) && value[field] !== null) known[field] = clipList(metatype, field, value[field]);
    }
    return known;
  }

  private fieldsOf(metatype: Type): readonly string[] {
    let fields = this.fields.get(metatype);
    if (!fields) {
      const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', true, false);
      fields = [...new Set(rules.map(({ propertyName }) => propertyName))];
      this.fields.set(metatype, fields);
    }
    return fields;
  }
}

/** Maps a validation error, also of a nested object. */
function toInputError({ property, constraints, children }: ValidationError, path: string): HttpInputError {
  if (!constraints && children?.[0]) return toInputError(children[0], `${path}${property}.`);
  const [message = `"${property}" is invalid.`] = Object.values(constraints ?? {});
  return new HttpInputError(400, 'invalid_field', message, path + property);
}

/** Bounds the validation time. */
const MAX_ITEMS = 1000;

/**
 * Validates a body that is an array of objects, each like a body of its own.
 *
 * @throws HttpInputError 400 `body_required`, `body_must_be_array`, `invalid_field`
 */
export class ListValidationPipe implements PipeTransform {
  private readonly pipe = new ClientValidationPipe();

  constructor(private readonly item: Type<object>) {}

  transform(value: unknown): object[] {
    if (value === undefined) throw notAnArray('body_required', 'The request must have a body: a JSON array.');
    if (!Array.isArray(value)) throw notAnArray('body_must_be_array', 'The body must be a JSON array.');
    if (value.length > MAX_ITEMS)
      throw notAnArray('body_too_many_items', `The body must have at most ${MAX_ITEMS} items.`);
    return value.map((item, index) => this.pipe.check(this.item, item, `[${index}].`));
  }
}

const notAnArray = (code: string, message: string) => new BodyError(400, code, message);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function itemNotAnObject(path: string): HttpInputError {
  const field = path.slice(0, -1);
  return new HttpInputError(400, 'invalid_field', `${field} must be a JSON object`, field);
}

const notAnObject = (value: unknown) =>
  value === undefined
    ? new BodyError(400, 'body_required', 'The request must have a body: a JSON object.')
    : new BodyError(400, 'body_must_be_object', 'The body must be a JSON object.');
