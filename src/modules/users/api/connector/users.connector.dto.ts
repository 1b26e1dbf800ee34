import { IsString, MaxLength } from 'class-validator';

export class ConnectorDisplayNameDto {
  @MaxLength(512)
  @IsString()
  userId: string;
}
