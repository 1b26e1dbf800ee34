import { ClientController } from '../../../../protocols/client/client.controller.decorator.js';
import { ParticipantFilesController } from './participant-files.controller.js';

@ClientController('Files')
export class FilesClientController extends ParticipantFilesController {}
