import { errorText } from '../../foreign.ts'

/** What was looked at, and how it is. `problem`: mend it; `note`: intended, but good to know. */
export interface Finding {
  readonly check: string
  readonly level: 'ok' | 'note' | 'problem'
  readonly message: string
  /** How to mend it. */
  readonly remedy: string | null
}

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message, remedy: null }
}

export function note(check: string, message: string, remedy: string): Finding {
  return { check, level: 'note', message, remedy }
}

export function problem(check: string, message: string, remedy: string): Finding {
  return { check, level: 'problem', message, remedy }
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(messageOf).join(', ')
  return errorText(error)
}
