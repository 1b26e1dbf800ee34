import { BotController } from '../../../../protocols/client/client.controller.decorator.js';
import { SharedFilesController } from './shared-files.controller.js';

@BotController('Bot API: files')
export class FilesBotController extends SharedFilesController {}
