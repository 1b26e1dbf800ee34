import { Module } from '@nestjs/common';
import { ClientProtocolModule } from '../../../../protocols/client/client-protocol.module.js';
import { FilesModule } from '../../files.module.js';
import { FilesBotController } from './files.bot.controller.js';
import { FilesClientController } from './files.client.controller.js';
import { StaticClientController } from './static.client.controller.js';
import { StaticFiles } from './static.client.js';

@Module({
  imports: [FilesModule, ClientProtocolModule],
  controllers: [FilesClientController, FilesBotController, StaticClientController],
  providers: [StaticFiles],
})
export class FilesClientModule {}
