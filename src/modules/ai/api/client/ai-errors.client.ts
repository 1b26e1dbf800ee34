import type { DomainError } from '../../../../core/errors/domain.error.js';
import type { ErrorText } from '../../../../protocols/client/client-errors.decorator.js';
import { lastEndpoint } from '../../../bots/index.js';
import {
  notAnAiBot,
  nothingToContinue,
  nothingToRepeat,
  runNotFound,
  runUnderWay,
  toolUnusable,
} from '../../ai.errors.js';

const toErrorText = ({ code, message }: DomainError): ErrorText => [code, message];

/** Errors that several routes document. */
export const AI_ERRORS = {
  notAnAiBot: toErrorText(notAnAiBot()),
  runNotFound: toErrorText(runNotFound()),
  nothingToRepeat: toErrorText(nothingToRepeat()),
  nothingToContinue: toErrorText(nothingToContinue()),
  runUnderWay: toErrorText(runUnderWay()),
  lastEndpoint: toErrorText(lastEndpoint()),
  toolUnusable: toErrorText(toolUnusable('get_weather', 'its address must use https')),
};
