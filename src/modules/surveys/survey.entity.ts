import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A survey of a bot. Names of campaigns are unique per bot; different bots can use the same name. */
@Entity('surveys')
@Index('surveys_bot_id_name_key', ['botId', 'name'], { unique: true })
@Index('surveys_created_at_campaign_id_idx', ['createdAt', 'campaignId'])
export class SurveyEntity {
  /** The id of the page: the campaign name, or a generated id if a campaign of another bot has that name. */
  @PrimaryColumn('text')
  campaignId: string;

  /** The bot's name of the campaign. Null: same as `campaignId`; processes of version 0.1.0 do not write names. */
  @Column('text', { nullable: true })
  name: string | null;

  @Column('text')
  @ForeignKey('UserEntity', { onDelete: 'CASCADE' })
  botId: string;

  @Column('text')
  title: string;

  /** Whether answers are stored without their authors. Does not change after the first answer. */
  @Column('boolean')
  isAnonymous: boolean;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}

/** One answer to a survey. */
@Entity('survey_answers')
export class SurveyAnswerEntity {
  @PrimaryColumn('text')
  @ForeignKey('SurveyEntity', { onDelete: 'CASCADE' })
  campaignId: string;

  /** A hash of the respondent, to detect a second answer. */
  @PrimaryColumn('bytea')
  respondentHash: Buffer;

  /** The user, if it has a session and the survey is not anonymous. */
  @Column('text', { nullable: true })
  userId: string | null;

  @Column('text')
  answer: string;

  @Column({ type: 'timestamptz', precision: 3 })
  answeredAt: Date;
}
