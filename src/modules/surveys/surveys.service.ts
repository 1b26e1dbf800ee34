import { createHmac, hkdfSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { Database } from '../../core/database/database.js';
import type { Actor } from '../auth/index.js';
import {
  HistoryService,
  type MessageEntity,
  MessageEditor,
  MessagesService,
  type SurveyInvitation,
} from '../messages/index.js';
import { answeredAlready, answerEmpty, answerTooLong, notASurvey, surveyNotFound } from './survey.errors.js';
import type { SurveyEntity } from './survey.entity.js';
import { SurveysRepository } from './surveys.repository.js';

const MAX_ANSWER = 4000;
/** The description by which the contract tells surveys whose answers nobody may be told the author of. */
const ANONYMOUS = '{{Anonymous survey}}';

/** Who answers: a user with a session, or a browser that is known by a random mark. */
export interface Respondent {
  userId: string | undefined;
  mark: string;
}

/** Surveys: bots invite to them in chats, and people answer them on a page, each once. */
@Injectable()
export class SurveysService {
  private readonly key: Buffer;

  constructor(
    { ENCRYPTION_KEY }: Settings,
    private readonly surveys: SurveysRepository,
    private readonly messages: MessagesService,
    private readonly history: HistoryService,
    private readonly editor: MessageEditor,
    private readonly database: Database,
  ) {
    this.key = Buffer.from(hkdfSync('sha256', ENCRYPTION_KEY, '', 'parley/survey-respondents', 32));
  }

  /** @param body what those read who know no surveys @throws DomainError as `MessagesService.send` */
  invite(
    actor: Actor,
    { chatId, parentId, body }: { chatId: string; parentId?: string; body: string },
    survey: SurveyInvitation,
  ): Promise<MessageEntity> {
    return this.database.transaction(async () => {
      await this.put(actor, survey);
      return this.messages.send(actor, { chatId, senderId: actor.id, parentId, body, extras: { survey } });
    });
  }

  /**
   * Changes an invitation; what is not given stays as it is.
   *
   * @param bodyOf what those read who know no surveys
   * @throws DomainError as `MessageEditor.edit`; invalid `survey.not_a_survey`
   */
  async change(
    actor: Actor,
    messageId: string,
    changes: Partial<SurveyInvitation>,
    bodyOf: (survey: SurveyInvitation) => string,
  ): Promise<MessageEntity> {
    const { extras, senderId } = await this.history.get(actor, messageId);
    if (!extras?.survey || extras.forwarded || senderId !== actor.id) throw notASurvey();
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const survey: SurveyInvitation = { ...extras.survey, ...given };
    return this.database.transaction(async () => {
      await this.put(actor, survey);
      return this.editor.edit(actor, messageId, { body: bodyOf(survey), extras: { ...extras, survey } });
    });
  }

  /** @throws DomainError not_found `survey.not_found` */
  async get(campaignId: string): Promise<SurveyEntity> {
    const survey = await this.surveys.find(campaignId);
    if (!survey) throw surveyNotFound();
    return survey;
  }

  hasAnswered(campaignId: string, respondent: Respondent): Promise<boolean> {
    return this.surveys.hasAnswered(campaignId, this.hashOf(campaignId, respondent));
  }

  /** @throws as `get`; DomainError conflict `survey.answered_already`; invalid `survey.answer_empty`, `survey.answer_too_long` */
  async answer(campaignId: string, respondent: Respondent, answer: string): Promise<void> {
    const { isAnonymous } = await this.get(campaignId);
    if (answer.trim() === '') throw answerEmpty();
    if (answer.length > MAX_ANSWER) throw answerTooLong(MAX_ANSWER);
    const respondentHash = this.hashOf(campaignId, respondent);
    const userId = isAnonymous ? null : (respondent.userId ?? null);
    if (!(await this.surveys.answer({ campaignId, respondentHash, userId, answer }))) throw answeredAlready();
  }

  private put(actor: Actor, { campaignId, title, description }: SurveyInvitation): Promise<void> {
    return this.surveys.put({ campaignId, botId: actor.id, title, isAnonymous: description === ANONYMOUS });
  }

  /** Different for each survey, so that nobody can be followed from one to the next. */
  private hashOf(campaignId: string, { userId, mark }: Respondent): Buffer {
    const who = userId === undefined ? `mark\n${mark}` : `user\n${userId}`;
    return createHmac('sha256', this.key).update(`${campaignId}\n${who}`).digest();
  }
}
