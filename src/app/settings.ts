import { joinSettings } from '../core/config/join-settings.js';
import { AiModuleSettings } from '../modules/ai/ai.settings.js';
import { AuthSettings } from '../modules/auth/auth.settings.js';
import { ConnectorSettings } from '../modules/connector/connector.settings.js';
import { DeliverySettings } from '../modules/deliveries/deliveries.settings.js';
import { FilesSettings } from '../modules/files/files.settings.js';
import { UsersSettings } from '../modules/users/users.settings.js';

/**
 * All settings of the program: those of the core and of the modules. The classes are imported from their files, since the settings are
 * read before the modules are loaded.
 */
export class AppSettings extends joinSettings(
  UsersSettings,
  AuthSettings,
  FilesSettings,
  DeliverySettings,
  ConnectorSettings,
  AiModuleSettings,
) {}
