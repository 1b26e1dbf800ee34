import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError, type ValidatorOptions } from 'class-validator';
import { findTextFault } from '../../core/text/text-faults.js';
import { CONNECTOR_CODE, ConnectorError } from './connector-codes.js';

const OPTIONS: ValidatorOptions = {
  stopAtFirstError: true,
  forbidUnknownValues: false,
  validationError: { target: false, value: false },
};

const fieldsOfType = new WeakMap<Type, readonly string[]>();

/**
 * Converts a payload to its DTO and validates it. Null counts as absent. Unknown keys are dropped: client versions send additional
 * ones.
 *
 * @throws ConnectorError 399 with the first validation error
 */
export function readPayload(type: Type<object>, payload: unknown): object {
  const value = payload ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongPayload('The payload must be a JSON object.');
  const found = findTextFault(value);
  if (found) throw wrongPayload(`"${found.field}" ${found.fault.problem}.`);
  const dto = plainToInstance(type, pickKnown(type, value as Record<string, unknown>));
  const [fault] = validateSync(dto, OPTIONS);
  if (fault) throw wrongPayload(messageOf(fault));
  return dto;
}

export const wrongPayload = (message: string) => new ConnectorError(CONNECTOR_CODE.wrongPayload, message);

function pickKnown(type: Type, value: Record<string, unknown>): Record<string, unknown> {
  const known: Record<string, unknown> = {};
  for (const field of fieldsOf(type)) {
    if (Object.hasOwn(value, field) && value[field] !== null) known[field] = withoutNulls(value[field]);
  }
  return known;
}

/** Removes null values of nested objects. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}

function fieldsOf(type: Type): readonly string[] {
  let fields = fieldsOfType.get(type);
  if (!fields) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
    fields = [...new Set(rules.map(({ propertyName }) => propertyName))];
    fieldsOfType.set(type, fields);
  }
  return fields;
}

/** @returns the message of the innermost error */
function messageOf({ property, constraints, children }: ValidationError): string {
  const [message] = Object.values(constraints ?? {});
  if (message !== undefined) return message;
  const [child] = children ?? [];
  return child ? `${property}: ${messageOf(child)}` : `"${property}" is invalid.`;
}
