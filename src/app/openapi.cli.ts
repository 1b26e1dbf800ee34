import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Settings } from '../core/config/settings.js';
import { AppModule } from './app.module.js';
import { openApiDocuments } from './openapi.js';

/** Writes the OpenAPI document of each face into a folder, `docs/openapi` unless told. Needs no database. */
async function writeDocuments(folder: string): Promise<void> {
  const settings = Object.assign(new Settings(), { NODE_ENV: 'test', DATABASE_URL: 'postgres://nowhere/none' });
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(settings), {
    preview: true,
    logger: false,
  });
  await mkdir(folder, { recursive: true });
  for (const [name, document] of openApiDocuments(app)) {
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify(document, null, 2)}\n`);
  }
}

void writeDocuments(process.argv[2] ?? join('docs', 'openapi'));
