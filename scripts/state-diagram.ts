import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { State } from '../packages/posthaste/src/mail/mail.ts'
import { finalStates, transitions } from '../packages/posthaste/src/mail/transitions.ts'

const page = fileURLToPath(new URL('../docs/reference/states.md', import.meta.url))
const block = /```mermaid\n.*?```/s

/** The diagram of `docs/reference/states.md`, drawn from the table of transitions. */
export function stateDiagram(): string {
  const arrows = new Map<string, Set<string>>()
  for (const { from, to, onlyFrom } of Object.values(transitions))
    for (const source of from.length > 0 ? from : ['[*]'])
      for (const [target, label] of Object.entries(to)) {
        const sources: readonly string[] | undefined = onlyFrom?.[target as State]
        if (source === target || sources?.includes(source) === false) continue
        const arrow = `${source} --> ${target}`
        arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(label))
      }
  const ends = finalStates.map(
    (state: State) => `${state} --> [*]: ${state === 'sent' ? 'retention.sent' : 'retention.failed'}`,
  )
  const lines = [...arrows].map(([arrow, labels]) => `${arrow}: ${[...labels].join('; ')}`)
  return ['```mermaid', 'stateDiagram-v2', ...[...lines, ...ends].map((line) => `    ${line}`), '```'].join(
    '\n',
  )
}

if (import.meta.main) writeFileSync(page, readFileSync(page, 'utf8').replace(block, stateDiagram()))
