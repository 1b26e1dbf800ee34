import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../../../../protocols/client/client-protocol.module.js';
import { SurveysModule } from '../../surveys.module.js';
import { SurveysAdminController } from './surveys.admin.controller.js';
import { SurveysBotController } from './surveys.bot.controller.js';

@Module({ imports: [SurveysModule, ClientProtocolModule], controllers: [SurveysAdminController, SurveysBotController] })
export class SurveysClientModule {}
