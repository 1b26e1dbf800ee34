export { AI_QUEUES } from './ai.queues.js';
export { AiBudgetEntity } from './ai-budget.entity.js';
export { AiModule } from './ai.module.js';
export { AiRunEntity, type RunState } from './ai-run.entity.js';
export { AiRunsService } from './ai-runs.service.js';
export { AiSettingsService, type ChangeAi, type ChangedAi } from './ai-settings.service.js';
export { StatelessReplies } from './stateless-replies.js';
