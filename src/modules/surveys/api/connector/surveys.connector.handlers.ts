import { Settings } from '../../../../core/config/settings.js';
import {
  type ConnectorCall,
  ConnectorHandlers,
  ConnectorMethod,
} from '../../../../protocols/connector/connector-methods.js';
import {
  readMessageId,
  toConnectorEditResponse,
  toConnectorSendResponse,
} from '../../../messages/api/connector/messages.connector.mapper.js';
import type { SurveyInvitation } from '../../../messages/index.js';
import { surveyUrl } from '../../survey-pages.js';
import { SurveysService } from '../../surveys.service.js';
import { ConnectorEditSurveyDto, ConnectorSendSurveyDto, type ConnectorSurveyDto } from './surveys.connector.dto.js';

@ConnectorHandlers()
export class SurveysConnectorHandlers {
  constructor(
    private readonly surveys: SurveysService,
    private readonly settings: Settings,
  ) {}

  @ConnectorMethod('sendSurvey')
  async send({ actor }: ConnectorCall, { chatId, replyMessageId, content }: ConnectorSendSurveyDto) {
    const survey = toSurveyInvitation(content);
    const parentId = replyMessageId === undefined ? undefined : readMessageId(replyMessageId).id;
    const bodyOf = (invitation: SurveyInvitation) => this.bodyOf(invitation);
    return toConnectorSendResponse(await this.surveys.invite(actor, { chatId, parentId }, survey, bodyOf));
  }

  @ConnectorMethod('editSurvey')
  async edit({ actor }: ConnectorCall, { messageId, content }: ConnectorEditSurveyDto) {
    const { id } = readMessageId(messageId);
    const bodyOf = (survey: SurveyInvitation) => this.bodyOf(survey);
    return toConnectorEditResponse(await this.surveys.edit(actor, id, toSurveyChanges(content), bodyOf));
  }

  private bodyOf({ title, campaignId, pageId = campaignId }: SurveyInvitation): string {
    return `📊 ${title}\n${surveyUrl(this.settings.publicUrl, pageId)}`;
  }
}

const toSurveyInvitation = (content: ConnectorSurveyDto): SurveyInvitation => ({
  campaignId: content.path,
  title: content.title,
  description: content.description ?? '{{Survey}}',
  buttonText: content.buttonText ?? '{{Go to survey}}',
  appVersion: content.appVersion ?? 1,
  secret: content.secret ?? '',
});

const toSurveyChanges = ({ path, ...rest }: ConnectorSurveyDto): Partial<SurveyInvitation> => ({
  campaignId: path,
  title: rest.title,
  description: rest.description,
  buttonText: rest.buttonText,
  appVersion: rest.appVersion,
  secret: rest.secret,
});
