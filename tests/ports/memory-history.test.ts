import { MemoryHistory } from '../fixtures/memory-history.js';
import { testHistory } from './history-suite.js';

testHistory(async (keep) => new MemoryHistory(keep));
