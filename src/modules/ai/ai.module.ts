import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AiModuleSettings } from './ai.settings.js';
import { BotsModule } from '../bots/index.js';
import { ChatsModule } from '../chats/index.js';
import { MessagesModule } from '../messages/index.js';
import { UsersModule } from '../users/index.js';
import { AiBudgetEntity } from './generation/budgets/ai-budget.entity.js';
import { AiBudgetsRepository } from './generation/budgets/ai-budgets.repository.js';
import { AiEventEntity } from './providers/alerts/ai-event.entity.js';
import { AiEventsRepository } from './providers/alerts/ai-events.repository.js';
import { AiMetrics } from './ai-metrics.js';
import { AiRunEntity } from './runs/ai-run.entity.js';
import { AiRunsRepository } from './runs/ai-runs.repository.js';
import { AiRunsService } from './runs/ai-runs.service.js';
import { AiSettingsService } from './settings/ai-settings.service.js';
import { AiChatControlEntity } from './runs/chat-control.entity.js';
import { ChatControlsService } from './runs/chat-controls.service.js';
import { Tokenizer } from './generation/context/tokenizer.js';
import { PartialReplyRecorder } from './runs/partial-reply-recorder.js';
import { AiCircuitEntity } from './providers/circuit.entity.js';
import { CircuitBreakers } from './providers/circuit-breakers.js';
import { CircuitsRepository } from './providers/circuits.repository.js';
import { FakeProvider } from './providers/fake.provider.js';
import { MODEL_PROVIDER, ModelGateway } from './providers/model-gateway.js';
import { ModelTargets } from './providers/model-targets.js';
import type { ModelProvider } from './providers/model.types.js';
import { Moderator, OpenAiModerator } from './providers/moderator.js';
import { OpenAiChatProvider } from './providers/openai-chat.provider.js';
import { OpenAiResponsesProvider } from './providers/openai-responses.provider.js';
import { OpenAiClients } from './providers/openai.clients.js';
import { RecordingProvider, ReplayProvider } from './providers/recordings.js';
import { AiUnsupportedParameterEntity } from './providers/unsupported-parameter.entity.js';
import { UnsupportedParameters } from './providers/unsupported-parameters.js';
import { UnsupportedParametersRepository } from './providers/unsupported-parameters.repository.js';
import { AiTokenCountCalibrationEntity } from './providers/token-count-calibration.entity.js';
import { TokenCountCalibration } from './providers/token-count-calibration.js';
import { TokenCountCalibrationsRepository } from './providers/token-count-calibrations.repository.js';
import { ModelInspector } from './providers/model-inspector.js';
import { NoticeSender } from './runs/notices/notice-sender.js';
import { AiAlerts } from './providers/alerts/ai-alerts.js';
import { RunClaimsRepository } from './runs/run-claims.repository.js';
import { RunRemovalsRepository } from './runs/run-removals.repository.js';
import { RunRemover } from './runs/run-remover.js';
import { RunCancellationListener } from './runs/run-cancellation-listener.js';
import { RunTracesService } from './runs/run-traces.service.js';
import { AiSummaryEntity } from './generation/summary/summary.entity.js';
import { SummariesRepository } from './generation/summary/summaries.repository.js';
import { SummaryInvalidator } from './generation/summary/summary-invalidator.js';
import { StatelessRepliesService } from './generation/stateless-replies.service.js';
import { StopNotifier } from './runs/stop-notifier.js';
import { TokenBudgets } from './generation/budgets/token-budgets.js';
import { AiToolCallEntity } from './generation/tools/tool-call.entity.js';
import { ToolCallsRepository } from './generation/tools/tool-calls.repository.js';
import { ToolSchemaValidator } from './settings/tool-schema-validator.js';
import { ToolSettingsService } from './settings/tool-settings.service.js';

const ENTITIES = [
  AiSummaryEntity,
  AiTokenCountCalibrationEntity,
  AiChatControlEntity,
  AiRunEntity,
  AiToolCallEntity,
  AiBudgetEntity,
  AiEventEntity,
  AiCircuitEntity,
  AiUnsupportedParameterEntity,
];

/** Selects the model provider by the settings. */
function chooseProvider(
  settings: AiModuleSettings,
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
    RunTracesService,
    AiSettingsService,
    ToolSettingsService,
    ToolSchemaValidator,
    ToolCallsRepository,
    StatelessRepliesService,
    ChatControlsService,
    AiRunsRepository,
    RunClaimsRepository,
    AiBudgetsRepository,
    TokenBudgets,
    AiEventsRepository,
    AiMetrics,
    AiAlerts,
    NoticeSender,
    StopNotifier,
    RunCancellationListener,
    RunRemover,
    RunRemovalsRepository,
    PartialReplyRecorder,
    SummariesRepository,
    SummaryInvalidator,
    Tokenizer,
    OpenAiClients,
    OpenAiChatProvider,
    OpenAiResponsesProvider,
    FakeProvider,
    UnsupportedParameters,
    UnsupportedParametersRepository,
    TokenCountCalibration,
    TokenCountCalibrationsRepository,
    CircuitBreakers,
    CircuitsRepository,
    ModelTargets,
    ModelGateway,
    ModelInspector,
    {
      provide: MODEL_PROVIDER,
      useFactory: chooseProvider,
      inject: [AiModuleSettings, OpenAiChatProvider, OpenAiResponsesProvider, FakeProvider],
    },
    { provide: Moderator, useClass: OpenAiModerator },
  ],
  exports: [
    AiRunsService,
    RunTracesService,
    AiSettingsService,
    StatelessRepliesService,
    ChatControlsService,
    AiRunsRepository,
    RunClaimsRepository,
    SummariesRepository,
    AiBudgetsRepository,
    TokenBudgets,
    AiEventsRepository,
    AiMetrics,
    AiAlerts,
    NoticeSender,
    StopNotifier,
    Tokenizer,
    ToolSchemaValidator,
    ToolCallsRepository,
    ModelTargets,
    ModelGateway,
    TokenCountCalibration,
    ModelInspector,
    UnsupportedParametersRepository,
    Moderator,
  ],
})
export class AiModule {}
