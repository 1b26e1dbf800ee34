import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A survey that a bot has invited people to, by the name of its campaign. */
@Entity('surveys')
@Index('surveys_bot_id_idx', ['botId'])
@Index('surveys_created_at_campaign_id_idx', ['createdAt', 'campaignId'])
export class SurveyEntity {
  @PrimaryColumn('text')
  campaignId: string;

  /** Who has invited first. Others may share the survey, but not rename it. */
  @Column('text')
  @ForeignKey('UserEntity', { onDelete: 'CASCADE' })
  botId: string;

  @Column('text')
  title: string;

  /** Nobody is told who has answered what, and the server does not know it either. */
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
