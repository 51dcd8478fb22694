import type { Command } from 'commander'
import { acting } from '../acting.ts'

export function cancel(program: Command): void {
  acting(program, {
    action: 'cancel',
    does: 'End mail that has not gone out',
    examples: ['posthaste cancel --tag spring-sale --dry-run', 'posthaste cancel --tag spring-sale --yes'],
    done: 'cancelled',
    states: ['queued', 'held', 'sending'],
  })
}
