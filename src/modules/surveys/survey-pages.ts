/** The page with the form of a survey. */
export const SURVEY_PATH = '/webtools/survey';
/** The page with the results of a survey. */
export const SURVEY_RESULTS_PATH = `${SURVEY_PATH}/results`;

export const surveyUrl = (publicUrl: string, campaignId: string): string =>
  `${publicUrl}${SURVEY_PATH}?id=${encodeURIComponent(campaignId)}`;

export const surveyResultsUrl = (publicUrl: string, campaignId: string, shareQuery: string): string =>
  `${publicUrl}${SURVEY_RESULTS_PATH}?id=${encodeURIComponent(campaignId)}&${shareQuery}`;
