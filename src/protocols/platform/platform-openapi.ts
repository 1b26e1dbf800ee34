import { ApiBody, ApiParam, ApiProperty } from '@nestjs/swagger';

/** A whole number, which TypeScript does not tell from others: ids and milliseconds need all of their 53 bits. */
export const ApiInt = (): PropertyDecorator => ApiProperty({ type: 'integer', format: 'int64' });

/** @param examples bodies by what they show; the first is what Swagger UI offers to send */
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
