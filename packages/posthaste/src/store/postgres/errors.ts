import type { EngineErrors } from '../engine.ts'

export const postgresErrors: EngineErrors = {
  // Serialization failure, deadlock.
  retryable: new Set(['40001', '40P01']),
  busy: new Set(),
  unreachable: new Set([
    '25P03',
    '28P01',
    '28000',
    '3D000',
    '53300',
    '57P01',
    '57P02',
    '57P03',
    '08000',
    '08001',
    '08003',
    '08004',
    '08006',
  ]),
  unreachableWords:
    /terminated|timeout exceeded when trying to connect|Client was closed|not queryable|PGlite is closed/i,
  missingTable: new Set(['42P01', '3F000']),
  forbidden: new Set(['42501']),
  alreadyThere: new Set(),
}
