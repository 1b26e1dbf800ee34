import { Global, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Sealer } from './sealer.js';

@Global()
@Module({
  providers: [
    { provide: Sealer, useFactory: (settings: Settings) => new Sealer(settings.ENCRYPTION_KEY), inject: [Settings] },
  ],
  exports: [Sealer],
})
export class CryptoModule {}
