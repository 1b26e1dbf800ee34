import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A survey that a bot has invited people to. Each bot has its own campaigns, whatever the campaigns of other bots are called. */
@Entity('surveys')
@Index('surveys_bot_id_name_key', ['botId', 'name'], { unique: true })
@Index('surveys_created_at_campaign_id_idx', ['createdAt', 'campaignId'])
export class SurveyEntity {
  /** The id of its page: the name of the campaign, or a generated one when a campaign of another bot has that name already. */
  @PrimaryColumn('text')
  campaignId: string;

  /** What the bot calls the campaign. Null: as `campaignId`; processes of version 0.1.0 know no names. */
  @Column('text', { nullable: true })
  name: string | null;

  @Column('text')
  @ForeignKey('UserEntity', { onDelete: 'CASCADE' })
  botId: string;

  @Column('text')
  title: string;

  /** The authors of answers are not stored. Does not change once there is an answer. */
  @Column('boolean')
  isAnonymous: boolean;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}

/** What one person has answered. */
@Entity('survey_answers')
export class SurveyAnswerEntity {
  @PrimaryColumn('text')
  @ForeignKey('SurveyEntity', { onDelete: 'CASCADE' })
  campaignId: string;

  /** A hash of who it was: enough to tell that somebody has answered already. */
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
