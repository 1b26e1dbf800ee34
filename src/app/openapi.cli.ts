import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { createOpenApiDocuments } from './openapi.js';
import { AppSettings } from './settings.js';

/** Writes the OpenAPI documents into a folder, by default `docs/openapi`. Needs no database. */
async function writeDocuments(folder: string): Promise<void> {
  const settings = Object.assign(new AppSettings(), { NODE_ENV: 'test', DATABASE_URL: 'postgres://unused/unused' });
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(settings), {
    preview: true,
    logger: false,
  });
  await mkdir(folder, { recursive: true });
  for (const [name, document] of createOpenApiDocuments(app, settings.publicUrl)) {
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify(document, null, 2)}\n`);
  }
}

void writeDocuments(process.argv[2] ?? join('docs', 'openapi'));
