import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../../../../protocols/client/client-protocol.module.js';
import { FilesModule } from '../../files.module.js';
import { FilesBotController, FilesClientController } from './files.client.controller.js';
import { StaticClientController, StaticFiles } from './static.client.controller.js';

@Module({
  imports: [FilesModule, ClientProtocolModule],
  controllers: [FilesClientController, FilesBotController, StaticClientController],
  providers: [StaticFiles],
})
export class FilesClientModule {}
