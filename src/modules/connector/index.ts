export { type ChatOverview, ChatOverviewsService } from './chat-overviews.service.js';
export { ConnectorModule } from './connector.module.js';
