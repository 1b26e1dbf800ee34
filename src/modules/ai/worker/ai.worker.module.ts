import { Module } from '@nestjs/common';
import { BotsModule } from '../../bots/index.js';
import { ChatsModule } from '../../chats/index.js';
import { FilesModule } from '../../files/index.js';
import { MessagesModule } from '../../messages/index.js';
import { UsersModule } from '../../users/index.js';
import { AiModule } from '../ai.module.js';
import { ConversationLoader } from '../generation/context/conversation-loader.js';
import { EarlierRepliesLoader } from '../runs/earlier-replies-loader.js';
import { PromptBuilder } from '../generation/context/prompt-builder.js';
import { Prices } from '../runs/usage/prices.js';
import { UsageRecorder } from '../runs/usage/usage-recorder.js';
import { AiCleaner } from './ai-cleaner.js';
import { AiRunProcessor, SummaryProcessor } from './ai.processors.js';
import { AiRunner } from './ai-runner.js';
import { AiSweeper } from './ai-sweeper.js';
import { AiTransport } from './ai-transport.js';
import { ReplyGenerator } from '../runs/reply-generator.js';
import { CompletionLoop } from '../generation/completion-loop.js';
import { OrphanedRuns } from '../runs/orphaned-runs.js';
import { ModelRequestFactory } from '../generation/model-request-factory.js';
import { SummaryInputLoader } from '../generation/summary/summary-input-loader.js';
import { RunFinalizer } from '../runs/run-finalizer.js';
import { RunLeases } from '../runs/run-lease.js';
import { RunRecorder } from '../runs/run-recorder.js';
import { RunReporter } from '../runs/run-reporter.js';
import { ReplyPublisher } from '../runs/reply-publisher.js';
import { RunContextLoader } from '../runs/run-context-loader.js';
import { CompletionStreamFactory } from '../generation/completion-stream.js';
import { Summarizer } from '../generation/summary/summarizer.js';
import { SummaryGenerator } from '../generation/summary/summary-generator.js';
import { SummaryStore } from '../generation/summary/summary-store.js';
import { TokenizerLoader } from './tokenizer-loader.js';
import { ToolCaller } from '../generation/tools/tool-caller.js';
import { ToolExecutor } from '../generation/tools/tool-executor.js';
import { TurnLimiter } from '../runs/usage/turn-limiter.js';

/** Generates the replies of AI bots. Loaded by the worker role only. */
@Module({
  imports: [AiModule, BotsModule, ChatsModule, FilesModule, MessagesModule, UsersModule],
  providers: [
    AiTransport,
    AiRunner,
    AiRunProcessor,
    AiSweeper,
    AiCleaner,
    OrphanedRuns,
    RunLeases,
    RunFinalizer,
    RunRecorder,
    ReplyPublisher,
    ReplyGenerator,
    ModelRequestFactory,
    RunReporter,
    RunContextLoader,
    TokenizerLoader,
    TurnLimiter,
    EarlierRepliesLoader,
    ConversationLoader,
    PromptBuilder,
    CompletionLoop,
    ToolExecutor,
    ToolCaller,
    CompletionStreamFactory,
    UsageRecorder,
    Prices,
    SummaryProcessor,
    Summarizer,
    SummaryInputLoader,
    SummaryGenerator,
    SummaryStore,
  ],
  exports: [AiTransport],
})
export class AiWorkerModule {}
