import { ValidateBy } from 'class-validator';
import { EDITABLE_NOTICES } from '../../settings/notice-renderer.js';

export const MAX_NOTICE_CHARS = 1000;

/** @returns undefined if the value is valid */
function errorOf(notices: unknown): string | undefined {
  if (typeof notices !== 'object' || notices === null || Array.isArray(notices)) {
    return 'notices must be an object of texts by code';
  }
  for (const [code, text] of Object.entries(notices)) {
    if (!EDITABLE_NOTICES.some((known) => known === code)) {
      return `notices has no ${code.slice(0, 80)}: its codes are ${EDITABLE_NOTICES.join(', ')}`;
    }
    if (typeof text !== 'string') return `notices.${code} must be a string`;
    if (text.length > MAX_NOTICE_CHARS) {
      return `notices.${code} must be shorter than or equal to ${MAX_NOTICE_CHARS} characters`;
    }
  }
  return undefined;
}

/** Validates custom notice texts by code. The message for an unknown code lists the valid ones. */
export const IsNoticeTexts = (): PropertyDecorator =>
  ValidateBy({
    name: 'isNoticeTexts',
    validator: {
      validate: (value) => errorOf(value) === undefined,
      defaultMessage: (validation) => errorOf(validation?.value) ?? '',
    },
  });
