import type { Command } from 'commander'
import { acting } from '../acting.ts'

export function release(program: Command): void {
  acting(program, {
    action: 'release',
    does: 'Queue held mail again',
    examples: ['posthaste release --stream newsletter --yes'],
    done: 'released',
    states: ['held'],
  })
}
