import { Module } from '@nestjs/common';

/**
 * Bots that a language model answers for. Their settings are kept with the bot's `ai` endpoint already; the transport that
 * serves these endpoints registers here.
 */
@Module({})
export class AiModule {}
