import { makeFolder } from '../data-root/temporary-folder.js';
import { openHistory } from '../state/compiled-journal.js';
import { testHistory } from './history-suite.js';

testHistory((keep) => openHistory(makeFolder(), keep));
