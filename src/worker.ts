import 'reflect-metadata';
import { run } from './app/run.js';

void run(['worker']);
