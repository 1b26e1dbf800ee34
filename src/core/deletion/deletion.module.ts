import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeletionTaskEntity } from './deletion-task.entity.js';
import { DeletionTasks } from './deletion-tasks.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([DeletionTaskEntity])],
  providers: [DeletionTasks],
  exports: [DeletionTasks],
})
export class DeletionModule {}
