import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../../../../protocols/client/client-protocol.module.js';
import { SurveysModule } from '../../surveys.module.js';
import { SurveysAdminController, SurveysBotController } from './surveys.client.controller.js';

@Module({ imports: [SurveysModule, ClientProtocolModule], controllers: [SurveysAdminController, SurveysBotController] })
export class SurveysClientModule {}
