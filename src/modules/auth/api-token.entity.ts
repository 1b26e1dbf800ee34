import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { ApiScope } from './scopes.js';

/** A secondary token of the Platform API. Its scopes limit it; it cannot create tokens, may expire, and can be revoked. */
@Entity('api_tokens')
@Unique(['hash'])
export class ApiTokenEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('bytea')
  hash: Buffer;

  /** Null: every scope. */
  @Column('text', { array: true, nullable: true })
  scopes: ApiScope[] | null;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  /** Null: never. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  expiresAt: Date | null;

  /** To about a minute. Null: never. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  lastUsedAt: Date | null;
}
