import { CreateUsers1795300001000 } from '../modules/users/migrations/1795300001000-create-users.js';
import { CreateBotTokens1795300002000 } from '../modules/auth/migrations/1795300002000-create-bot-tokens.js';
import { CreateBots1795300003000 } from '../modules/bots/migrations/1795300003000-create-bots.js';
import { CreateChats1795300004000 } from '../modules/chats/migrations/1795300004000-create-chats.js';
import { CreateFiles1795300005000 } from '../modules/files/migrations/1795300005000-create-files.js';
import { CreateMessages1795300006000 } from '../modules/messages/migrations/1795300006000-create-messages.js';
import { CreateLanes1795300007000 } from '../modules/deliveries/migrations/1795300007000-create-lanes.js';
import { AddInvitationPreference1795410001000 } from '../modules/users/migrations/1795410001000-add-invitation-preference.js';
import { CreateApiTokens1795410002000 } from '../modules/auth/migrations/1795410002000-create-api-tokens.js';
import { AddHiddenSeq1795410004000 } from '../modules/chats/migrations/1795410004000-add-hidden-seq.js';
import { ExtendMembers1795410003000 } from '../modules/chats/migrations/1795410003000-extend-members.js';
import { StoreFiles1795420005000 } from '../modules/files/migrations/1795420005000-store-files.js';
import { CreateAuditLogAndSessionCutoffs1795500002000 } from '../modules/auth/migrations/1795500002000-create-audit-log-and-session-cutoffs.js';
import { IndexChatEventsByTime1795500001000 } from '../modules/chats/migrations/1795500001000-index-chat-events-by-time.js';
import { IndexMessagesByParent1795600000000 } from '../modules/messages/migrations/1795600000000-index-messages-by-parent.js';
import { CreateFilePictures1795650000000 } from '../modules/files/migrations/1795650000000-create-file-pictures.js';
import { DetailChatEvents1795700001000 } from '../modules/chats/migrations/1795700001000-detail-chat-events.js';
import { CreateHiddenMessages1795700002000 } from '../modules/messages/migrations/1795700002000-create-hidden-messages.js';
import { CreateSocketSessions1795700003000 } from '../modules/deliveries/migrations/1795700003000-create-socket-sessions.js';
import { CreateSurveys1795700004000 } from '../modules/surveys/migrations/1795700004000-create-surveys.js';
import { AddErasedSeqs1795800001000 } from '../modules/deliveries/migrations/1795800001000-add-erased-seqs.js';
import { CreateEndpointHealth1795800002000 } from '../modules/deliveries/migrations/1795800002000-create-endpoint-health.js';
import { AddPreviousSecret1795800003000 } from '../modules/bots/migrations/1795800003000-add-previous-secret.js';
import { CreateRedeliveries1795800004000 } from '../modules/deliveries/migrations/1795800004000-create-redeliveries.js';
import { CreateDrafts1795900000000 } from '../modules/messages/migrations/1795900000000-create-drafts.js';
import { CreateAiRuns1795900001000 } from '../modules/ai/migrations/1795900001000-create-ai-runs.js';
import { AddIsBacklogged1795900700000 } from '../modules/chats/migrations/1795900700000-add-is-backlogged.js';
import { OpenAiLanes1795900002000 } from '../modules/ai/migrations/1795900002000-open-ai-lanes.js';
import { SeatSocketSessions1795901053000 } from '../modules/deliveries/migrations/1795901053000-seat-socket-sessions.js';
import { CreateSocketNotices1795900601000 } from '../modules/deliveries/migrations/1795900601000-create-socket-notices.js';
import { LineUpAiRuns1795900800000 } from '../modules/ai/migrations/1795900800000-line-up-ai-runs.js';
import { ShareWhatIsKnownOfModels1795900801000 } from '../modules/ai/migrations/1795900801000-share-what-is-known-of-models.js';
import { CreateAiChatControls1795900802000 } from '../modules/ai/migrations/1795900802000-create-ai-chat-controls.js';
import { IndexAiRunsById1795901004000 } from '../modules/ai/migrations/1795901004000-index-ai-runs-by-id.js';
import { IndexUnfinishedUploads1795901004100 } from '../modules/files/migrations/1795901004100-index-unfinished-uploads.js';
import { IndexSurveysByTime1795901004200 } from '../modules/surveys/migrations/1795901004200-index-surveys-by-time.js';
import { ContinueAnswers1795901012000 } from '../modules/ai/migrations/1795901012000-continue-answers.js';
import { OrderDeliveriesByTime1795901014000 } from '../modules/deliveries/migrations/1795901014000-order-deliveries-by-time.js';
import { CreateAiToolCalls1795902001000 } from '../modules/ai/migrations/1795902001000-create-ai-tool-calls.js';
import { CreateAiSummaries1795902002000 } from '../modules/ai/migrations/1795902002000-create-ai-summaries.js';
import { LimitApiTokens1796080000102 } from '../modules/auth/migrations/1796080000102-limit-api-tokens.js';
import { NameSurveys1796080000101 } from '../modules/surveys/migrations/1796080000101-name-surveys.js';
import { CreateAiTokenFactors1795902012000 } from '../modules/ai/migrations/1795902012000-create-ai-token-factors.js';
import { CreateRateLimits1796070000101 } from '../core/rate-limit/migrations/1796070000101-create-rate-limits.js';
import { NoteDispatches1796020000100 } from '../modules/chats/migrations/1796020000100-note-dispatches.js';
import { IndexBotsOfChats1796020000101 } from '../modules/chats/migrations/1796020000101-index-bots-of-chats.js';
import { IndexMembershipEvents1796020000102 } from '../modules/chats/migrations/1796020000102-index-membership-events.js';
import { EndLanes1796020000103 } from '../modules/deliveries/migrations/1796020000103-end-lanes.js';
import { IndexEndedLanes1796020000104 } from '../modules/deliveries/migrations/1796020000104-index-ended-lanes.js';
import { AddMembershipEvents1796020000105 } from '../modules/bots/migrations/1796020000105-add-membership-events.js';
import { AddSessionGeneration1796070000102 } from '../modules/users/migrations/1796070000102-add-session-generation.js';
import { CreateSessionChanges1796070000103 } from '../modules/auth/migrations/1796070000103-create-session-changes.js';
import { AddSignUpOrigin1796070000104 } from '../modules/users/migrations/1796070000104-add-sign-up-origin.js';
import { IndexDueLanesByEndpoint1796010000100 } from '../modules/deliveries/migrations/1796010000100-index-due-lanes-by-endpoint.js';
import { MakeRetriesDue1796010000101 } from '../modules/deliveries/migrations/1796010000101-make-retries-due.js';
import { CreateDeletionTasks1796040000100 } from '../core/deletion/migrations/1796040000100-create-deletion-tasks.js';
import { DetachChats1796040000101 } from '../modules/chats/migrations/1796040000101-detach-chats.js';
import { DropLaneCount1796090000101 } from '../modules/chats/migrations/1796090000101-drop-lane-count.js';
import { DetachFiles1796040000102 } from '../modules/files/migrations/1796040000102-detach-files.js';
import { DetachMessages1796040000103 } from '../modules/messages/migrations/1796040000103-detach-messages.js';
import { DetachDeliveries1796040000104 } from '../modules/deliveries/migrations/1796040000104-detach-deliveries.js';
import { DetachAiRuns1796040000105 } from '../modules/ai/migrations/1796040000105-detach-ai-runs.js';
import { CreateChatLogClock1796030000101 } from '../modules/chats/migrations/1796030000101-create-chat-log-clock.js';
import { RenameAiTables1796120000101 } from '../modules/ai/migrations/1796120000101-rename-ai-tables.js';
import { RenameLanesToSubscriptions1796130000101 } from '../modules/deliveries/migrations/1796130000101-rename-lanes-to-subscriptions.js';
import { RenameChatColumns1796150000101 } from '../modules/chats/migrations/1796150000101-rename-chat-columns.js';
import { RenameEncryptedTokens1796150000102 } from '../modules/auth/migrations/1796150000102-rename-encrypted-tokens.js';
import { RenameEncryptedSecrets1796160000101 } from '../modules/bots/migrations/1796160000101-rename-encrypted-secrets.js';
import { RenameAuditAction1796160000102 } from '../modules/auth/migrations/1796160000102-rename-audit-action.js';
import { RenameFileImageUses1796170000101 } from '../modules/files/migrations/1796170000101-rename-file-image-uses.js';
import { RenameConnectorColumns1796140000101 } from '../modules/connector/migrations/1796140000101-rename-connector-columns.js';

/** All migrations. TypeORM runs them in the order of the timestamps in their names. */
export const MIGRATIONS = [
  CreateUsers1795300001000,
  CreateBotTokens1795300002000,
  CreateBots1795300003000,
  CreateChats1795300004000,
  CreateFiles1795300005000,
  CreateMessages1795300006000,
  CreateLanes1795300007000,
  AddInvitationPreference1795410001000,
  CreateApiTokens1795410002000,
  ExtendMembers1795410003000,
  AddHiddenSeq1795410004000,
  StoreFiles1795420005000,
  IndexChatEventsByTime1795500001000,
  CreateAuditLogAndSessionCutoffs1795500002000,
  IndexMessagesByParent1795600000000,
  CreateFilePictures1795650000000,
  DetailChatEvents1795700001000,
  CreateHiddenMessages1795700002000,
  CreateSocketSessions1795700003000,
  CreateSurveys1795700004000,
  AddErasedSeqs1795800001000,
  CreateEndpointHealth1795800002000,
  AddPreviousSecret1795800003000,
  CreateRedeliveries1795800004000,
  CreateDrafts1795900000000,
  CreateAiRuns1795900001000,
  OpenAiLanes1795900002000,
  CreateSocketNotices1795900601000,
  AddIsBacklogged1795900700000,
  LineUpAiRuns1795900800000,
  ShareWhatIsKnownOfModels1795900801000,
  CreateAiChatControls1795900802000,
  IndexAiRunsById1795901004000,
  IndexUnfinishedUploads1795901004100,
  IndexSurveysByTime1795901004200,
  ContinueAnswers1795901012000,
  OrderDeliveriesByTime1795901014000,
  SeatSocketSessions1795901053000,
  CreateAiToolCalls1795902001000,
  CreateAiSummaries1795902002000,
  CreateAiTokenFactors1795902012000,
  IndexDueLanesByEndpoint1796010000100,
  MakeRetriesDue1796010000101,
  NoteDispatches1796020000100,
  IndexBotsOfChats1796020000101,
  IndexMembershipEvents1796020000102,
  EndLanes1796020000103,
  IndexEndedLanes1796020000104,
  AddMembershipEvents1796020000105,
  CreateChatLogClock1796030000101,
  CreateDeletionTasks1796040000100,
  DetachChats1796040000101,
  DetachFiles1796040000102,
  DetachMessages1796040000103,
  DetachDeliveries1796040000104,
  DetachAiRuns1796040000105,
  CreateRateLimits1796070000101,
  AddSessionGeneration1796070000102,
  CreateSessionChanges1796070000103,
  AddSignUpOrigin1796070000104,
  NameSurveys1796080000101,
  LimitApiTokens1796080000102,
  DropLaneCount1796090000101,
  RenameAiTables1796120000101,
  RenameLanesToSubscriptions1796130000101,
  RenameConnectorColumns1796140000101,
  RenameChatColumns1796150000101,
  RenameEncryptedTokens1796150000102,
  RenameEncryptedSecrets1796160000101,
  RenameAuditAction1796160000102,
  RenameFileImageUses1796170000101,
];
