import { Module } from '@nestjs/common';
import { ConnectorProtocolModule } from '../../../../protocols/connector/connector-protocol.module.js';
import { SurveysModule } from '../../surveys.module.js';
import { SurveysConnectorController } from './surveys.connector.controller.js';
import { SurveysConnectorHandlers } from './surveys.connector.handlers.js';
import { SurveyViews } from './surveys.connector.views.js';
import { SurveyVisitors } from './survey-visitors.js';

@Module({
  imports: [ConnectorProtocolModule, SurveysModule],
  controllers: [SurveysConnectorController],
  providers: [SurveysConnectorHandlers, SurveyViews, SurveyVisitors],
})
export class SurveysConnectorModule {}
