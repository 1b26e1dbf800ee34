export { SurveyAnswerEntity, SurveyEntity } from './survey.entity.js';
export { SURVEY_PATH, surveyUrl } from './survey-pages.js';
export { SurveysModule } from './surveys.module.js';
export { type Respondent, SurveysService } from './surveys.service.js';
