export { AI_QUEUES } from './ai.queues.js';
export { AiBudgetEntity } from './generation/budgets/ai-budget.entity.js';
export { AiModule } from './ai.module.js';
export { AiRunEntity, type RunState } from './runs/ai-run.entity.js';
export { AiRunsService } from './runs/ai-runs.service.js';
export { AiSettingsService, type ChangeAi, type ChangedAi } from './settings/ai-settings.service.js';
export { StatelessRepliesService } from './generation/stateless-replies.service.js';
