import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { ParticipantFilesController } from './participant-files.controller.js';

@BotController('Files')
export class FilesBotController extends ParticipantFilesController {}
