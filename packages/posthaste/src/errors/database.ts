/** What can be wrong with the database and its tables. */
export const databaseErrors = {
  PH_NO_DATABASE: {
    message: 'No database is configured',
    remedy:
      "Pass `database` to createMailQueue (a URL such as 'postgres://…', 'mysql://…', 'sqlite:mail.db', or your own pool or handle).",
  },
  PH_DATABASE_URL: {
    message: 'The database URL cannot be read',
    remedy:
      'Use sqlite:FILE, file:FILE, postgres://USER:PASSWORD@HOST:PORT/NAME, or mysql://USER:PASSWORD@HOST:PORT/NAME.',
  },
  PH_DATABASE_HANDLE: {
    message: 'The value given as `database` is not a database that Posthaste knows',
    remedy:
      'Pass a URL, a pg Pool, a mysql2 pool, a database of node:sqlite, better-sqlite3, bun:sqlite or libsql, or a PGlite instance. With any other driver, pass the URL.',
  },
  PH_DRIVER_MISSING: {
    message: 'The driver for this database is not installed',
    remedy:
      'Install it beside posthaste: `npm install pg` for PostgreSQL, `npm install mysql2` for MySQL and MariaDB.',
  },
  PH_DATABASE_UNREACHABLE: {
    message: 'The database does not answer',
    remedy:
      'Check that the server runs and that host, port, user and password are right; `posthaste doctor` tells more.',
  },
  PH_DATABASE_POOLER: {
    message: 'The pooler before the database refuses this',
    remedy:
      'A startup parameter (`statement_timeout`, `options`) is taken out of the URL or the options of the pool, and given to the user: `alter role … set …`. `pool_mode = statement` has no transactions: use transaction or session mode, or the direct URL of the server.',
  },
  PH_DATABASE_RIGHTS: {
    message: 'The database user lacks a right',
    remedy:
      'Run what `posthaste migrate --print-grants --app ROLE --worker ROLE` prints, as the owner of the tables; `posthaste doctor` names every right that is missing.',
  },
  PH_DATABASE_BUSY: {
    message: 'The database stayed locked by others',
    remedy: 'Keep write transactions short, or look for one that was never ended; the call may be repeated.',
  },
  PH_SQLITE_READ_ONLY: {
    message: 'The file of the SQLite database cannot be written',
    remedy:
      'Give the user that runs this process the right to write the file and its folder, where SQLite keeps a log or a journal beside it.',
  },
  PH_SQLITE_LIBRARY: {
    message: 'The app has the SQLite library `sqlite3` loaded, which Posthaste cannot open a file with',
    remedy:
      'Two copies of SQLite in one process lose committed data. Call only enqueueIn() in this process and run the worker in one of its own (`posthaste work`); or use better-sqlite3 or node:sqlite. If sqlite3 is there for another file, pass a better-sqlite3 or node:sqlite handle as `database`.',
  },
  PH_DATABASE_ROLLED_BACK: {
    message: 'The database no longer knew outcomes that it had confirmed',
    remedy:
      'It was restored, or failed over to a copy that lagged. They have been recorded again: of each worker that lives, the last 1,000. Mail that was delivered before those, or by a worker that is gone, may go out a second time without a flag: look that time up in the log of the mail server.',
  },
  PH_DATABASE_VERSION: {
    message: 'This database is too old, or has another encoding than Unicode',
    remedy: 'Use PostgreSQL 13 with the encoding UTF8, MySQL 8.0, MariaDB 10.6 or SQLite 3.35, or newer.',
  },
  PH_NOT_MIGRATED: {
    message: 'The tables of Posthaste are missing or older than this version',
    remedy: 'Run `posthaste migrate` (or start the worker with --migrate) against this database.',
  },
  PH_SCHEMA_TOO_NEW: {
    message: 'The tables were made by a newer Posthaste than this one',
    remedy:
      'Upgrade posthaste in this process; versions one schema version apart work together, older ones do not.',
  },
  PH_SCHEMA_UNKNOWN: {
    message: 'The tables were made by migrations that this Posthaste does not know',
    remedy:
      'They are of a version that was never published. Send or drop what is queued, drop the tables, and run `posthaste migrate`.',
  },
  PH_MIGRATION: {
    message: 'A migration could not be applied',
    remedy: 'Nothing half-done is used; read the cause, mend it, and run `posthaste migrate` again.',
  },
} as const
