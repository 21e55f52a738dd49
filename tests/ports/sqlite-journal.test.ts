import { makeFolder } from '../data-root/temporary-folder.js';
import { openJournal } from '../state/compiled-journal.js';
import { testJournal } from './journal-suite.js';

testJournal(() => openJournal(makeFolder()));
