import type { Command } from 'commander'
import { acting } from '../acting.ts'

export function retry(program: Command): void {
  acting(program, {
    action: 'retry',
    does: 'Make failed and deferred mail due now (other states by --state or id); recipients that accepted it are not asked again',
    examples: [
      'posthaste retry 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071',
      'posthaste retry --state deferred --yes',
    ],
    done: 'due now',
    states: ['failed', 'deferred'],
  })
}
