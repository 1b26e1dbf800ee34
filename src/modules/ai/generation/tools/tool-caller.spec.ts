import { AiModuleSettings } from '../../ai.settings.js';
import { Encryptor } from '../../../../core/crypto/encryptor.js';
import { ToolCaller } from './tool-caller.js';

describe('ToolCaller', () => {
  const encryptor = new Encryptor('a key of some length');
  const secretEncrypted = encryptor.encrypt('whsec_AAAA').toString('base64');

  it.each(['http://127.0.0.1:65535/', 'http://localhost:65535/', 'http://169.254.169.254/latest/meta-data'])(
    'sends no request to the private address %s, and discloses neither address nor secret',
    async (url) => {
      const caller = new ToolCaller(
        Object.assign(new AiModuleSettings(), { CALLBACK_ALLOW_PRIVATE: false }),
        encryptor,
      );
      const log = jest.spyOn(caller['logger'], 'warn').mockReturnValue();
      const tool = { name: 'weather', description: '', parameters: {}, url, secretEncrypted, secretEnd: 'AAAA' };
      const result = await caller.call(tool, 'call_1', Buffer.from('{}'), new AbortController().signal);
      expect(result).toMatchObject({ outcome: 'blocked', httpStatus: null, result: 'The tool cannot be reached.' });
      expect(log.mock.calls).toEqual([
        ['Tool call failed: weather (address_not_allowed)', { toolCallId: 'call_1', outcome: 'blocked' }],
      ]);
      await caller.onApplicationShutdown();
    },
  );
});
