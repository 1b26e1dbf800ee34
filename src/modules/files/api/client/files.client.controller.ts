import { ClientController } from '../../../../protocols/client/client.controller.decorator.js';
import { SharedFilesController } from './shared-files.controller.js';

@ClientController('Files')
export class FilesClientController extends SharedFilesController {}
