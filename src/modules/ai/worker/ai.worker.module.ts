import { Module } from '@nestjs/common';
import { BotsModule } from '../../bots/index.js';
import { ChatsModule } from '../../chats/index.js';
import { FilesModule } from '../../files/index.js';
import { MessagesModule } from '../../messages/index.js';
import { UsersModule } from '../../users/index.js';
import { AiModule } from '../ai.module.js';
import { ConversationReader } from '../context/conversation.reader.js';
import { EarlierAnswers } from '../earlier-answers.js';
import { PromptMaker } from '../context/prompt-maker.js';
import { RoundReader } from '../context/round-reader.js';
import { Prices } from '../prices.js';
import { Accounts } from './accounts.js';
import { AiHousekeeping } from './ai-housekeeping.js';
import { AiRunProcessor } from './ai-run.processor.js';
import { AiRunner } from './ai-runner.js';
import { AiSweeper } from './ai-sweeper.js';
import { AiTransport } from './ai-transport.js';
import { Answerer } from './answerer.js';
import { Dialogue } from './dialogue.js';
import { LostRuns } from './lost-runs.js';
import { ModelRequestFactory } from './model-request-factory.js';
import { MemoryReader } from './memory.reader.js';
import { RunEnding } from './run-ending.js';
import { RunLeases } from './run-lease.js';
import { RunProgress } from './run-progress.js';
import { RunRecord } from './run-record.js';
import { RunReporter } from './run-reporter.js';
import { RunSpeaker } from './run-speaker.js';
import { SceneReader } from './scene.js';
import { SpeechMaker } from './speaker.js';
import { Summarizer } from './summarizer.js';
import { SummaryAuthor } from './summary-author.js';
import { SummaryKeeper } from './summary-keeper.js';
import { SummaryProcessor } from './summary.processor.js';
import { TokenizerLoader } from './tokenizer-loader.js';
import { ToolCaller } from './tools/tool-caller.js';
import { ToolDesk } from './tools/tool-desk.js';
import { TurnGate } from './turn-gate.js';

/** Generates the replies of AI bots. Loaded by the worker role only. */
@Module({
  imports: [AiModule, BotsModule, ChatsModule, FilesModule, MessagesModule, UsersModule],
  providers: [
    AiTransport,
    AiRunner,
    AiRunProcessor,
    AiSweeper,
    AiHousekeeping,
    LostRuns,
    RunLeases,
    RunEnding,
    RunRecord,
    RunSpeaker,
    Answerer,
    ModelRequestFactory,
    RunReporter,
    SceneReader,
    TokenizerLoader,
    TurnGate,
    EarlierAnswers,
    ConversationReader,
    PromptMaker,
    RoundReader,
    Dialogue,
    RunProgress,
    ToolDesk,
    ToolCaller,
    SpeechMaker,
    Accounts,
    Prices,
    SummaryProcessor,
    Summarizer,
    MemoryReader,
    SummaryAuthor,
    SummaryKeeper,
  ],
  exports: [AiTransport],
})
export class AiWorkerModule {}
