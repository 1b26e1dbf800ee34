import { CONNECTOR_CODE, ConnectorError } from '../../../../protocols/connector/connector-codes.js';
import {
  type ConnectorCall,
  ConnectorHandlers,
  ConnectorMethod,
} from '../../../../protocols/connector/connector-methods.js';
import { FileAccessService } from '../../../messages/index.js';
import { FilesService } from '../../files.service.js';
import { UploadTasksService } from '../../upload-tasks.service.js';
import { FileProgressNotifier } from './file-progress-notifier.js';
import { ConnectorFileIdDto, ConnectorEmptyDto, ConnectorUploadFileDto } from './files.connector.dto.js';
import { toConnectorFileInfo, toConnectorUploadLimits } from './files.connector.mapper.js';

@ConnectorHandlers()
export class FilesConnectorHandlers {
  constructor(
    private readonly files: FilesService,
    private readonly access: FileAccessService,
    private readonly tasks: UploadTasksService,
    private readonly progress: FileProgressNotifier,
  ) {}

  @ConnectorMethod('uploadFile')
  async upload({ actor }: ConnectorCall, { fileSize, fileName }: ConnectorUploadFileDto) {
    if (fileSize === undefined) throw new ConnectorError(CONNECTOR_CODE.uploadFailed, 'fileSize is required.');
    return { uploadTaskId: await this.tasks.create(actor, { sizeBytes: fileSize, name: fileName }) };
  }

  @ConnectorMethod('getFileInfo')
  async info({ actor }: ConnectorCall, { fileId }: ConnectorFileIdDto) {
    return toConnectorFileInfo(await this.access.getInfo(actor, fileId));
  }

  @ConnectorMethod('getFileUploadLimits')
  limits(_call: ConnectorCall, _body: ConnectorEmptyDto) {
    return toConnectorUploadLimits(this.files.uploadLimits());
  }

  @ConnectorMethod('subscribeFileProgress')
  async subscribe({ actor, session }: ConnectorCall, { fileId }: ConnectorFileIdDto) {
    await this.progress.subscribe(actor, session, fileId);
    return { result: true };
  }

  @ConnectorMethod('unsubscribeFileProgress')
  async unsubscribe({ actor, session }: ConnectorCall, { fileId }: ConnectorFileIdDto) {
    return { result: await this.progress.unsubscribe(actor, session, fileId) };
  }
}
