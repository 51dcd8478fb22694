import type { DatabaseKind } from '../support/databases/kinds.ts'
import { playRound } from './round.ts'
import { openScene } from './scene.ts'
import { measureTicks, memoryInUse, type Tick } from './ticks.ts'

export interface Asked {
  readonly kind: DatabaseKind
  readonly url: string
  readonly seed: number
  /** It ends with the round in which it has put in so many mails, or after so many minutes. */
  readonly mails: number
  readonly minutes: number
  /** Mails of a round. */
  readonly size: number
  /** Milliseconds of CPU that a turn of the event loop may take. */
  readonly longestTick: number
  /** The round to play alone. */
  readonly only?: number | undefined
  readonly began?: (round: number) => void
}

export interface Figures {
  readonly kind: DatabaseKind
  readonly seed: number
  rounds: number
  mails: number
  /** Mails that were not fuzzed. */
  good: number
  seconds: number
  slowest: Tick
  /** Bytes in use after the first rounds, and after the last. */
  memory: { first: number; last: number }
  readonly findings: Finding[]
  /** What workers said of trouble that is not a mail's, and how often: no fault by itself. */
  readonly errors: ReadonlyMap<string, number>
}

/** `npm run fuzz -- --seed N --only ROUND` plays it alone. */
export interface Finding {
  readonly round: number
  readonly kind: string
  readonly what: string
}

/** Bytes by which memory may vary; what leaks, leaks more in a long run. */
const level = 24_000_000
/** Rounds in which code is loaded and caches fill. */
const warmUp = 3

export async function runFuzz(asked: Asked): Promise<Figures> {
  const { kind, url, seed, size } = asked
  const [errors, findings] = [new Map<string, number>(), [] as Finding[]]
  const figures: Figures = {
    ...{ kind, seed, rounds: 0, mails: 0, good: 0, seconds: 0, findings, errors },
    ...{ slowest: { ms: 0, during: '' }, memory: { first: 0, last: 0 } },
  }
  const [loose, ticks] = [looseEnds(), measureTicks()]
  await using scene = await openScene(kind, url)
  const began = performance.now()
  const isOver = () => figures.mails >= asked.mails || performance.now() - began > asked.minutes * 60_000
  for (let round = asked.only ?? 0; !isOver(); round++) {
    asked.began?.(round)
    if (figures.rounds === warmUp) ticks.slowest = { ms: 0, during: '' }
    const played = await playRound(scene, { seed, round, size, ticks, errors })
    const left = loose.splice(0).map((reason) => `left unhandled: ${String(reason).slice(0, 200)}`)
    for (const what of [...played.wrong, ...left]) findings.push({ round, kind: played.kind, what })
    figures.rounds++
    figures.mails += played.mails
    figures.good += played.good
    if (figures.rounds >= warmUp) remember(figures.memory)
    if (asked.only !== undefined) break
  }
  ticks.end()
  loose.end()
  figures.slowest = ticks.slowest
  figures.seconds = (performance.now() - began) / 1_000
  findings.push(...ofTheWhole(figures, asked))
  return figures
}

function remember(memory: Figures['memory']): void {
  memory.last = memoryInUse()
  memory.first ||= memory.last
}

function ofTheWhole({ rounds, slowest, memory }: Figures, { longestTick }: Asked): Finding[] {
  const whole = { round: rounds, kind: 'all' }
  const { ms, during } = slowest
  return [
    ...(ms > longestTick && rounds > warmUp
      ? [{ ...whole, what: `a tick took ${Math.round(ms)} ms of CPU, with ${during}` }]
      : []),
    ...(memory.last - memory.first > level
      ? [{ ...whole, what: `memory grew from ${megabytes(memory.first)} to ${megabytes(memory.last)} MB` }]
      : []),
  ]
}

/** What would end the process. */
function looseEnds(): { splice(at: number): unknown[]; end(): void } {
  const found: unknown[] = []
  const keep = (reason: unknown) => void found.push((reason as Error | undefined)?.stack ?? reason)
  process.on('unhandledRejection', keep)
  process.on('uncaughtException', keep)
  return {
    splice: (at) => found.splice(at),
    end() {
      process.off('unhandledRejection', keep)
      process.off('uncaughtException', keep)
    },
  }
}

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1)

/** The figures as the command prints them. */
export function report(figures: Figures): string {
  const { kind, seed, rounds, mails, good, seconds, slowest, memory, findings, errors } = figures
  const each = (count: number) => count.toLocaleString('en')
  return [
    `${kind}, seed ${seed}: ${each(mails)} mails in ${each(rounds)} rounds, ${each(Math.round((mails / seconds) * 60))} a minute; ` +
      `${each(good)} good; ${each(findings.length)} findings; slowest tick ${Math.round(slowest.ms)} ms of CPU (${slowest.during}); ` +
      `memory ${megabytes(memory.first)} MB at first, ${megabytes(memory.last)} MB at last`,
    ...findings.slice(0, 50).map(({ round, kind, what }) => `  [${round}, ${kind}] ${what}`),
    ...[...errors]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 8)
      .map(([error, count]) => `  a worker said ${count}×: ${error}`),
  ].join('\n')
}
