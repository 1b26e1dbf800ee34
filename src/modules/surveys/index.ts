export { SurveyAnswerEntity, SurveyEntity } from './survey.entity.js';
export { SurveysModule } from './surveys.module.js';
export { type Respondent, SurveysService } from './surveys.service.js';
