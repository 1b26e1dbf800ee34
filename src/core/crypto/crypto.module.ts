import { Global, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Encryptor } from './encryptor.js';

@Global()
@Module({
  providers: [
    {
      provide: Encryptor,
      useFactory: (settings: Settings) => new Encryptor(settings.ENCRYPTION_KEY),
      inject: [Settings],
    },
  ],
  exports: [Encryptor],
})
export class CryptoModule {}
