import { readFile } from 'node:fs/promises';
import { plainToInstance, Type } from 'class-transformer';
import {
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  validateSync,
  ValidateNested,
} from 'class-validator';
import type { ValidationError } from 'class-validator';
import { SettingsError } from './load-settings.js';

/** A link to a profile of the service elsewhere. */
export class SocialLink {
  @IsString()
  @MaxLength(64)
  title: string;

  @IsUrl({ require_tld: false })
  url: string;
}

/** Public description of the service. */
export class ServiceInfo {
  @IsString()
  @MaxLength(128)
  name = 'Parley';

  @IsString()
  @MaxLength(1024)
  description = 'Talk to bots.';

  /** Empty for none. */
  @ValidateIf(({ avatar }: ServiceInfo) => Boolean(avatar))
  @IsUrl({ require_tld: false })
  avatar?: string;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => SocialLink)
  socials: SocialLink[] = [];
}

export class UserLimits {
  @IsInt()
  @Min(1)
  @Max(80)
  minNicknameLength = 3;

  @IsInt()
  @Min(1)
  @Max(80)
  maxNicknameLength = 32;

  /** Minutes until an unused session expires. */
  @IsInt()
  @Min(1)
  authTokenLifetime = 10_080;
}

export class MessageLimits {
  /** Bytes of UTF-8. */
  @IsInt()
  @Min(1)
  @Max(65_536)
  maxBodyLength = 4096;

  @IsInt()
  @Min(0)
  @Max(100)
  maxAttachedFiles = 10;
}

/** Allowed file extensions: only the listed ones, or all but those. */
export class FileExtensions {
  @IsIn(['allow', 'block'])
  mode: 'allow' | 'block';

  /** In lower case, without the dot. */
  @IsArray()
  @Matches(/^[a-z0-9]{1,16}$/, { each: true })
  list: string[];
}

/** Sizes in bytes. 0 rejects files of that kind. */
export class FileLimits {
  @IsInt()
  @Min(0)
  maxImageSize = 2_097_152;

  @IsInt()
  @Min(0)
  maxAudioSize = 5_242_880;

  @IsInt()
  @Min(0)
  maxVideoSize = 26_214_400;

  /** For all other files. */
  @IsInt()
  @Min(0)
  maxFileSize = 10_485_760;

  /** Bytes stored by one user, a person or a bot. */
  @IsInt()
  @Min(0)
  maxStoredPerUser = 5_368_709_120;

  /** Parallel uploads of one user in each process. */
  @IsInt()
  @Min(1)
  maxParallelUploads = 100;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => FileExtensions)
  extensions?: FileExtensions;
}

export class Limits {
  @IsObject()
  @ValidateNested()
  @Type(() => UserLimits)
  user: UserLimits = new UserLimits();

  @IsObject()
  @ValidateNested()
  @Type(() => MessageLimits)
  message: MessageLimits = new MessageLimits();

  @IsObject()
  @ValidateNested()
  @Type(() => FileLimits)
  file: FileLimits = new FileLimits();
}

/** The settings file (`CONFIG_FILE`): the description of the service and its configurable limits. */
export class ServiceConfig {
  @IsObject()
  @ValidateNested()
  @Type(() => ServiceInfo)
  service: ServiceInfo = new ServiceInfo();

  @IsObject()
  @ValidateNested()
  @Type(() => Limits)
  limits: Limits = new Limits();
}

/**
 * Reads the settings file; returns the defaults if there is none.
 *
 * @throws SettingsError with the file and every fault in it
 */
export async function loadServiceConfig(file: string | undefined): Promise<ServiceConfig> {
  if (!file) return new ServiceConfig();
  const config = plainToInstance(ServiceConfig, await readJson(file), { exposeDefaultValues: true });
  const faults = validateSync(config, { whitelist: true, forbidNonWhitelisted: true }).flatMap((error) =>
    describeFaults(error),
  );
  const { minNicknameLength, maxNicknameLength } = config.limits?.user ?? {};
  if (minNicknameLength > maxNicknameLength) {
    faults.push('limits.user: minNicknameLength must not be greater than maxNicknameLength');
  }
  if (faults.length > 0) throw new SettingsError(faults.map((fault) => `CONFIG_FILE ${file}: ${fault}`));
  return config;
}

async function readJson(file: string): Promise<object> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new SettingsError([`CONFIG_FILE ${file}: ${(error as Error).message}`]);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new SettingsError([`CONFIG_FILE ${file}: must be a JSON object`]);
}

function describeFaults(error: ValidationError, parent = ''): string[] {
  const path = parent ? `${parent}.${error.property}` : error.property;
  const own = Object.values(error.constraints ?? {}).map((fault) => `${path}: ${fault}`);
  return [...own, ...(error.children ?? []).flatMap((child) => describeFaults(child, path))];
}
