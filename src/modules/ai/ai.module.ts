import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Settings } from '../../core/config/settings.js';
import { BotsModule } from '../bots/index.js';
import { ChatsModule } from '../chats/index.js';
import { MessagesModule } from '../messages/index.js';
import { UsersModule } from '../users/index.js';
import { AiBudgetEntity } from './ai-budget.entity.js';
import { AiBudgetsRepository } from './ai-budgets.repository.js';
import { AiEventEntity } from './ai-event.entity.js';
import { AiEventsRepository } from './ai-events.repository.js';
import { AiMetrics } from './ai-metrics.js';
import { AiRunEntity } from './ai-run.entity.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import { AiRunsService } from './ai-runs.service.js';
import { AiSettingsService } from './ai-settings.service.js';
import { AiChatControlEntity } from './chat-control.entity.js';
import { ChatControlsService } from './chat-controls.service.js';
import { Tokenizer } from './context/tokenizer.js';
import { LastWords } from './last-words.js';
import { AiCircuitEntity } from './model/circuit.entity.js';
import { Circuits } from './model/circuits.js';
import { CircuitsRepository } from './model/circuits.repository.js';
import { FakeProvider } from './model/fake.provider.js';
import { MODEL_PROVIDER, ModelGateway } from './model/model-gateway.js';
import { ModelTargets } from './model/model-targets.js';
import type { ModelProvider } from './model/model.types.js';
import { Moderator, OpenAiModerator } from './model/moderator.js';
import { OpenAiChatProvider } from './model/openai-chat.provider.js';
import { OpenAiResponsesProvider } from './model/openai-responses.provider.js';
import { OpenAiClients } from './model/openai.clients.js';
import { RecordingProvider, ReplayProvider } from './model/recordings.js';
import { AiRefusalEntity } from './model/refusal.entity.js';
import { Refusals } from './model/refusals.js';
import { RefusalsRepository } from './model/refusals.repository.js';
import { AiTokenFactorEntity } from './model/token-factor.entity.js';
import { TokenFactors } from './model/token-factors.js';
import { TokenFactorsRepository } from './model/token-factors.repository.js';
import { ModelInspector } from './model-inspector.js';
import { NoticeSender } from './notices/notice-sender.js';
import { OperatorNews } from './operator-news.js';
import { RunClaimsRepository } from './run-claims.repository.js';
import { RunEraser } from './run-eraser.js';
import { RunRemovalsRepository } from './run-removals.repository.js';
import { RunRemover } from './run-remover.js';
import { RunListener } from './run-listener.js';
import { RunTraces } from './run-traces.js';
import { AiSummaryEntity } from './summary/summary.entity.js';
import { SummariesRepository } from './summary/summaries.repository.js';
import { SummaryListener } from './summary/summary-listener.js';
import { StatelessReplies } from './stateless-replies.js';
import { StopHints } from './stop-hints.js';
import { TokenBudgets } from './token-budgets.js';
import { AiToolCallEntity } from './tools/tool-call.entity.js';
import { ToolCallsRepository } from './tools/tool-calls.repository.js';
import { ToolSchemas } from './tools/tool-schemas.js';
import { ToolSettings } from './tools/tool-settings.js';

const ENTITIES = [
  AiSummaryEntity,
  AiTokenFactorEntity,
  AiChatControlEntity,
  AiRunEntity,
  AiToolCallEntity,
  AiBudgetEntity,
  AiEventEntity,
  AiCircuitEntity,
  AiRefusalEntity,
];

/** Selects the model provider by the settings. */
function chooseProvider(
  settings: Settings,
  chat: OpenAiChatProvider,
  responses: OpenAiResponsesProvider,
  fake: FakeProvider,
): ModelProvider {
  const live = settings.AI_API === 'responses' ? responses : chat;
  switch (settings.aiMode) {
    case 'fake':
      return fake;
    case 'replay':
      return new ReplayProvider(settings.aiRecordingsDir);
    case 'record':
      return new RecordingProvider(live, settings.aiRecordingsDir);
    case 'live':
      return live;
  }
}

/**
 * AI bots: bots whose replies come from a language model. Their settings are stored in the `ai` endpoint of the bot. Every process
 * loads this module to create, stop and show runs; `AiWorkerModule` processes them.
 */
@Module({
  imports: [UsersModule, BotsModule, ChatsModule, MessagesModule, TypeOrmModule.forFeature(ENTITIES)],
  providers: [
    AiRunsService,
    RunTraces,
    AiSettingsService,
    ToolSettings,
    ToolSchemas,
    ToolCallsRepository,
    StatelessReplies,
    ChatControlsService,
    AiRunsRepository,
    RunClaimsRepository,
    AiBudgetsRepository,
    TokenBudgets,
    AiEventsRepository,
    AiMetrics,
    OperatorNews,
    NoticeSender,
    StopHints,
    RunListener,
    RunEraser,
    RunRemover,
    RunRemovalsRepository,
    LastWords,
    SummariesRepository,
    SummaryListener,
    Tokenizer,
    OpenAiClients,
    OpenAiChatProvider,
    OpenAiResponsesProvider,
    FakeProvider,
    Refusals,
    RefusalsRepository,
    TokenFactors,
    TokenFactorsRepository,
    Circuits,
    CircuitsRepository,
    ModelTargets,
    ModelGateway,
    ModelInspector,
    {
      provide: MODEL_PROVIDER,
      useFactory: chooseProvider,
      inject: [Settings, OpenAiChatProvider, OpenAiResponsesProvider, FakeProvider],
    },
    { provide: Moderator, useClass: OpenAiModerator },
  ],
  exports: [
    AiRunsService,
    RunTraces,
    AiSettingsService,
    StatelessReplies,
    ChatControlsService,
    AiRunsRepository,
    RunClaimsRepository,
    SummariesRepository,
    AiBudgetsRepository,
    TokenBudgets,
    AiEventsRepository,
    AiMetrics,
    OperatorNews,
    NoticeSender,
    StopHints,
    Tokenizer,
    ToolSchemas,
    ToolCallsRepository,
    ModelTargets,
    ModelGateway,
    TokenFactors,
    ModelInspector,
    RefusalsRepository,
    Moderator,
  ],
})
export class AiModule {}
