import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MessagesModule } from '../messages/index.js';
import { UsersModule } from '../users/index.js';
import { SurveyAnswerEntity, SurveyEntity } from './survey.entity.js';
import { SurveyResultsService } from './survey-results.service.js';
import { SurveyEraser } from './survey-eraser.js';
import { SurveysRepository } from './surveys.repository.js';
import { SurveysService } from './surveys.service.js';

@Module({
  imports: [MessagesModule, UsersModule, TypeOrmModule.forFeature([SurveyEntity, SurveyAnswerEntity])],
  providers: [SurveysService, SurveyResultsService, SurveysRepository, SurveyEraser],
  exports: [SurveysService, SurveyResultsService],
})
export class SurveysModule {}
