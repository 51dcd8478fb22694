import type { EngineErrors } from '../engine.ts'

export const mysqlErrors: EngineErrors = {
  // Deadlock; a lock or a table that was not free in time; MariaDB: the row changed since it was read.
  retryable: new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD']),
  busy: new Set(),
  unreachable: new Set([
    'PROTOCOL_CONNECTION_LOST',
    'ER_ACCESS_DENIED_ERROR',
    'ER_BAD_DB_ERROR',
    'ER_CON_COUNT_ERROR',
    'ER_TOO_MANY_USER_CONNECTIONS',
    'ER_USER_LIMIT_REACHED',
    'ER_SERVER_SHUTDOWN',
    'ER_CLIENT_INTERACTION_TIMEOUT',
  ]),
  unreachableWords: /closed state/i,
  missingTable: new Set(['ER_NO_SUCH_TABLE']),
  forbidden: new Set([
    'ER_DBACCESS_DENIED_ERROR',
    'ER_TABLEACCESS_DENIED_ERROR',
    'ER_COLUMNACCESS_DENIED_ERROR',
    'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  ]),
  alreadyThere: new Set(['ER_TABLE_EXISTS_ERROR', 'ER_DUP_KEYNAME', 'ER_DUP_FIELDNAME']),
}
