import { ApiBody, ApiParam, ApiProperty } from '@nestjs/swagger';

/** An integer. Ids and milliseconds need up to 53 bits. */
export const ApiInt = (): PropertyDecorator => ApiProperty({ type: 'integer', format: 'int64' });

/** @param examples bodies by title; Swagger UI preselects the first */
export const PlatformBody = <T extends object>(
  type: new () => T,
  examples: Readonly<Record<string, T>>,
): MethodDecorator =>
  ApiBody({
    type,
    examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { summary: name, value }])),
  });

export const PlatformParam = (name: string, description: string, example: string): MethodDecorator =>
  ApiParam({ name, description, example });
