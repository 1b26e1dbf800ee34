import type { SurveyInvitation } from '../../../messages/index.js';
import type { ConnectorSurveyDto } from './surveys.connector.dto.js';

export const toSurveyInvitation = (content: ConnectorSurveyDto): SurveyInvitation => ({
  campaignId: content.path,
  title: content.title,
  description: content.description ?? '{{Survey}}',
  buttonText: content.buttonText ?? '{{Go to survey}}',
  appVersion: content.appVersion ?? 1,
  secret: content.secret ?? '',
});

export const toSurveyChanges = ({ path, ...rest }: ConnectorSurveyDto): Partial<SurveyInvitation> => ({
  campaignId: path,
  title: rest.title,
  description: rest.description,
  buttonText: rest.buttonText,
  appVersion: rest.appVersion,
  secret: rest.secret,
});
