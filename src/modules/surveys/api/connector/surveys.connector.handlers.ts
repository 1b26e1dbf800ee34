import { Settings } from '../../../../core/config/settings.js';
import {
  type ConnectorCall,
  ConnectorHandlers,
  ConnectorMethod,
} from '../../../../protocols/connector/connector-method.decorator.js';
import {
  readMessageId,
  toConnectorEditResponse,
  toConnectorSendResponse,
} from '../../../messages/api/connector/messages.connector.mapper.js';
import type { SurveyInvitation } from '../../../messages/index.js';
import { surveyUrl } from '../../survey-pages.js';
import { SurveysService } from '../../surveys.service.js';
import { ConnectorEditSurveyDto, ConnectorSendSurveyDto } from './surveys.connector.dto.js';
import { toSurveyChanges, toSurveyInvitation } from './surveys.connector.mapper.js';

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
