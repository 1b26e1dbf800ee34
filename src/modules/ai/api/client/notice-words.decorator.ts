import { ValidateBy } from 'class-validator';
import { EDITABLE_NOTICES } from '../../notices/notice-words.js';

export const MAX_NOTICE_CHARS = 1000;

/** @returns what is wrong; undefined when nothing is */
function faultOf(notices: unknown): string | undefined {
  if (typeof notices !== 'object' || notices === null || Array.isArray(notices)) {
    return 'notices must be an object of texts by their codes';
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

/** Checks texts by the codes of notices. Names the codes that there are when one is not among them. */
export const IsNoticeWords = (): PropertyDecorator =>
  ValidateBy({
    name: 'isNoticeWords',
    validator: {
      validate: (value) => faultOf(value) === undefined,
      defaultMessage: (validation) => faultOf(validation?.value) ?? '',
    },
  });
