import { Module } from '@nestjs/common';
import { ClientKitModule } from '../../../../protocols/client/client-kit.module.js';
import { SurveysModule } from '../../surveys.module.js';
import { SurveysAdminController } from './surveys.admin.controller.js';
import { SurveysBotController } from './surveys.bot.controller.js';

@Module({ imports: [SurveysModule, ClientKitModule], controllers: [SurveysAdminController, SurveysBotController] })
export class SurveysClientModule {}
