import type { Command } from 'commander'
import { acting } from '../acting.ts'

export function hold(program: Command): void {
  acting(program, {
    action: 'hold',
    does: 'Keep queued mail from going until it is released',
    examples: ["posthaste hold --subject 'Your invoice' --since 1h"],
    done: 'held',
    states: ['queued'],
  })
}
