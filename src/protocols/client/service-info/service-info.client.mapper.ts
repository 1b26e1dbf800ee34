import type { ServiceInfo } from '../../../core/config/service-config.js';
import type { ClientServiceInfoDto } from './service-info.client.dto.js';

export const toServiceInfo = ({ name, description, avatar, socials }: ServiceInfo): ClientServiceInfoDto => ({
  name,
  description,
  avatar: avatar || undefined,
  socials: socials.map(({ title, url }) => ({ title, url })),
});
