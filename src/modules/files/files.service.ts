import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database } from '../../core/database/database.js';
import { FileEntity } from './file.entity.js';

/** Stored files, as far as other modules need to know of them. */
@Injectable()
export class FilesService {
  constructor(private readonly database: Database) {}

  /** @returns those that exist, by id */
  async findMany(ids: Iterable<string>): Promise<Map<string, FileEntity>> {
    const unique = [...new Set(ids)];
    if (unique.length === 0) return new Map();
    const files = await this.database.manager.findBy(FileEntity, { id: In(unique) });
    return new Map(files.map((file) => [file.id, file]));
  }
}
