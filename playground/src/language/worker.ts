/** @file The worker that knows the language. */
import { serve } from '../workers.ts';
import { answers } from './answers.ts';

serve(answers);
