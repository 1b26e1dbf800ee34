import { createHmac, hkdfSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { Database, OvertakenError } from '../../core/database/database.js';
import { newId } from '../../core/crypto/ids.js';
import type { Actor } from '../auth/index.js';
import {
  HistoryService,
  type MessageEntity,
  MessageEditor,
  MessagesService,
  type SurveyInvitation,
} from '../messages/index.js';
import {
  answeredAlready,
  answerEmpty,
  answerTooLong,
  notASurvey,
  surveyKindChanged,
  surveyKindFixed,
  surveyNotFound,
} from './survey.errors.js';
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

  /**
   * @param bodyOf what those read who know no surveys
   * @throws DomainError as `MessagesService.send`; conflict `survey.kind_fixed`
   */
  invite(
    actor: Actor,
    { chatId, parentId }: { chatId: string; parentId?: string },
    invitation: SurveyInvitation,
    bodyOf: (survey: SurveyInvitation) => string,
  ): Promise<MessageEntity> {
    return this.database.transaction(async () => {
      const survey = await this.put(actor, invitation);
      const content = { body: bodyOf(survey), extras: { survey } };
      return this.messages.send(actor, { chatId, senderId: actor.id, parentId, ...content });
    });
  }

  /**
   * Changes an invitation; what is not given stays as it is.
   *
   * @param bodyOf what those read who know no surveys
   * @throws DomainError as `MessageEditor.edit`; invalid `survey.not_a_survey`; conflict `survey.kind_fixed`
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
    const changed: SurveyInvitation = { ...extras.survey, ...given };
    return this.database.transaction(async () => {
      const survey = await this.put(actor, changed);
      return this.editor.edit(actor, messageId, { body: bodyOf(survey), extras: { ...extras, survey } });
    });
  }

  /** @param campaignId the id of its page @throws DomainError not_found `survey.not_found` */
  async get(campaignId: string): Promise<SurveyEntity> {
    const survey = await this.surveys.find(campaignId);
    if (!survey) throw surveyNotFound();
    return survey;
  }

  hasAnswered(campaignId: string, respondent: Respondent): Promise<boolean> {
    return this.surveys.hasAnswered(campaignId, this.hashOf(campaignId, respondent));
  }

  /**
   * @param isAnonymous what the respondent has read: an answer to a survey that has become one of the other kind is refused
   * @throws as `get`; DomainError conflict `survey.answered_already`; invalid `survey.answer_empty`, `survey.answer_too_long`,
   *   `survey.kind_changed`
   */
  async answer(campaignId: string, respondent: Respondent, answer: string, isAnonymous?: boolean): Promise<void> {
    await this.get(campaignId);
    if (answer.trim() === '') throw answerEmpty();
    if (answer.length > MAX_ANSWER) throw answerTooLong(MAX_ANSWER);
    const respondentHash = this.hashOf(campaignId, respondent);
    const given = { campaignId, respondentHash, userId: respondent.userId ?? null, answer };
    if (await this.surveys.answer(given, isAnonymous)) return;
    const survey = await this.get(campaignId);
    throw survey.isAnonymous === (isAnonymous ?? survey.isAnonymous) ? answeredAlready() : surveyKindChanged();
  }

  /**
   * Makes the bot's survey of this name, or changes it. Its kind is fixed by the first answer: a bot that could change it would have the
   * authors of answers to an anonymous survey stored.
   *
   * @returns the invitation with the id of the survey's page
   */
  private async put(actor: Actor, invitation: SurveyInvitation): Promise<SurveyInvitation> {
    const { campaignId: name, title, description } = invitation;
    const content = { botId: actor.id, name, title, isAnonymous: description === ANONYMOUS };
    const survey =
      (await this.update(await this.surveys.lockOfBot(actor.id, name), content)) ??
      (await this.surveys.insert({ ...content, campaignId: name })) ??
      // The name is that of another bot's page, or another process makes the same survey right now.
      (await this.update(await this.surveys.lockOfBot(actor.id, name), content)) ??
      (await this.surveys.insert({ ...content, campaignId: newId() }));
    if (!survey) throw new OvertakenError(`The survey ${name} was made by another process.`);
    return { ...invitation, pageId: survey.campaignId };
  }

  private async update(
    survey: SurveyEntity | undefined,
    { name, title, isAnonymous }: Pick<SurveyEntity, 'name' | 'title' | 'isAnonymous'>,
  ): Promise<SurveyEntity | undefined> {
    if (!survey) return undefined;
    const { campaignId } = survey;
    if (survey.isAnonymous !== isAnonymous && (await this.surveys.hasAnswers(campaignId))) throw surveyKindFixed();
    await this.surveys.update(campaignId, { name: survey.name ?? name, title, isAnonymous });
    return survey;
  }

  /** Different for each survey, so that nobody can be followed from one to the next. */
  private hashOf(campaignId: string, { userId, mark }: Respondent): Buffer {
    const who = userId === undefined ? `mark\n${mark}` : `user\n${userId}`;
    return createHmac('sha256', this.key).update(`${campaignId}\n${who}`).digest();
  }
}
