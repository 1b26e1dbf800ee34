import { createHmac, hkdfSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { Database, TransactionConflictError } from '../../core/database/database.js';
import { newId } from '../../core/crypto/ids.js';
import type { Actor } from '../auth/index.js';
import { type MessageEntity, MessageEditor, MessagesService, type SurveyInvitation } from '../messages/index.js';
import {
  alreadyAnswered,
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
/** The description by which the contract marks anonymous surveys. */
const ANONYMOUS = '{{Anonymous survey}}';

/** The respondent: a user with a session, or a browser identified by a random value. */
export interface Respondent {
  userId: string | undefined;
  browserId: string;
}

/** Manages surveys: bots send invitations in chats, and each person answers once, on a page. */
@Injectable()
export class SurveysService {
  private readonly key: Buffer;

  constructor(
    { ENCRYPTION_KEY }: Settings,
    private readonly surveys: SurveysRepository,
    private readonly messages: MessagesService,
    private readonly editor: MessageEditor,
    private readonly database: Database,
  ) {
    this.key = Buffer.from(hkdfSync('sha256', ENCRYPTION_KEY, '', 'parley/survey-respondents', 32));
  }

  /**
   * @param bodyOf returns the text for clients without survey support
   * @throws DomainError as `MessagesService.send`; conflict `survey.kind_fixed`
   */
  invite(
    actor: Actor,
    { chatId, parentId }: { chatId: string; parentId?: string },
    invitation: SurveyInvitation,
    bodyOf: (survey: SurveyInvitation) => string,
  ): Promise<MessageEntity> {
    return this.database.transaction(async () => {
      const survey = await this.upsert(actor, invitation);
      const content = { body: bodyOf(survey), extras: { survey } };
      return this.messages.send(actor, { chatId, senderId: actor.id, parentId, ...content });
    });
  }

  /**
   * Changes an invitation. Absent fields stay unchanged.
   *
   * @param bodyOf returns the text for clients without survey support
   * @throws DomainError as `MessageEditor.edit`; invalid `survey.not_a_survey`; conflict `survey.kind_fixed`
   */
  async edit(
    actor: Actor,
    messageId: string,
    changes: Partial<SurveyInvitation>,
    bodyOf: (survey: SurveyInvitation) => string,
  ): Promise<MessageEntity> {
    const { extras, senderId } = await this.messages.get(actor, messageId);
    if (!extras?.survey || extras.forwarded || senderId !== actor.id) throw notASurvey();
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const changed: SurveyInvitation = { ...extras.survey, ...given };
    return this.database.transaction(async () => {
      const survey = await this.upsert(actor, changed);
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
   * @param isAnonymous the kind as shown to the respondent: the answer is rejected if the kind has changed since
   * @throws as `get`; DomainError conflict `survey.answered_already`; invalid `survey.answer_empty`, `survey.answer_too_long`,
   *   `survey.kind_changed`
   */
  async answer(campaignId: string, respondent: Respondent, answer: string, isAnonymous?: boolean): Promise<void> {
    await this.get(campaignId);
    if (answer.trim() === '') throw answerEmpty();
    if (answer.length > MAX_ANSWER) throw answerTooLong(MAX_ANSWER);
    const respondentHash = this.hashOf(campaignId, respondent);
    const given = { campaignId, respondentHash, userId: respondent.userId ?? null, answer };
    if (await this.surveys.insertAnswer(given, isAnonymous)) return;
    const survey = await this.get(campaignId);
    throw survey.isAnonymous === (isAnonymous ?? survey.isAnonymous) ? alreadyAnswered() : surveyKindChanged();
  }

  /**
   * Creates or changes the bot's survey with this name. The first answer fixes its kind: otherwise a bot could make the server store the
   * authors of answers to an anonymous survey.
   *
   * @returns the invitation with the id of the survey's page
   */
  private async upsert(actor: Actor, invitation: SurveyInvitation): Promise<SurveyInvitation> {
    const { campaignId: name, title, description } = invitation;
    const content = { botId: actor.id, name, title, isAnonymous: description === ANONYMOUS };
    const survey =
      (await this.update(await this.surveys.lockByBot(actor.id, name), content)) ??
      (await this.surveys.insert({ ...content, campaignId: name })) ??
      // The name is taken by the page of another bot's survey, or another process creates the same survey right now.
      (await this.update(await this.surveys.lockByBot(actor.id, name), content)) ??
      (await this.surveys.insert({ ...content, campaignId: newId() }));
    if (!survey) throw new TransactionConflictError(`The survey ${name} was created by another process.`);
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

  /** Differs for each survey, so that a respondent cannot be tracked across surveys. */
  private hashOf(campaignId: string, { userId, browserId }: Respondent): Buffer {
    const identity = userId === undefined ? `mark\n${browserId}` : `user\n${userId}`;
    return createHmac('sha256', this.key).update(`${campaignId}\n${identity}`).digest();
  }
}
