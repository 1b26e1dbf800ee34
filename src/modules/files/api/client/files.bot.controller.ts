import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { ParticipantFilesController } from './participant-files.controller.js';

@BotController('Bot API: files')
export class FilesBotController extends ParticipantFilesController {}
