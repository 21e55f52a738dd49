import Database from 'libsql';
import { makeDatabase, openTables } from '../data-root/compiled-tables.js';
import { testPoolStore } from './pool-store-suite.js';

testPoolStore(async (pools) => {
  const path = makeDatabase('');
  const db = new Database(path);
  db.exec('BEGIN');
  for (const [name, entries] of Object.entries(pools)) {
    db.exec(`CREATE TABLE "${name}" (key TEXT PRIMARY KEY, node_id TEXT)`);
    const insert = db.prepare(`INSERT INTO "${name}" VALUES (?, ?)`);
    for (const entry of entries) insert.run([...entry]);
  }
  db.exec('COMMIT');
  db.close();
  return openTables(path);
});
