import { seeded } from '../support/seeded.ts'
import type { Found } from './run.ts'
import type { Place } from './transform.ts'

/** How often one place is died at on one path; of what goes over a wire there is more, and every step is another. */
const mostTimes = { place: 3, wire: 12 }

/**
 * One hit of each state: between two hits with no traffic between them nothing outside has changed, and a process that is killed takes all the rest
 * with it.
 */
export function everyState(found: readonly Found[]): Found[] {
  const states = Map.groupBy(found.filter(isEarly), stateOf)
  return [...states.values()].flatMap((hits) => hits.at(-1) ?? [])
}

export function stateOf({ scenario, traffic }: Found): string {
  return `${scenario} ${traffic}`
}

function isEarly({ place, time }: Found): boolean {
  return time <= (typeof place === 'number' ? mostTimes.place : mostTimes.wire)
}

export interface Sample {
  readonly places: readonly Place[]
  /** In all, unless what must be there is more. */
  readonly size: number
  readonly seed: number
}

/** Each await of the worker and of the delivery's store that was reached, before, begun and after; and, up to the size, others by chance. */
export function sample(found: readonly Found[], { places, size, seed }: Sample): Found[] {
  const states = Map.groupBy(found.filter(isEarly), stateOf)
  const isCore = ({ place }: Found) =>
    typeof place === 'number' && /^(worker|store\/delivery)\//.test(places[place]?.file ?? '')
  const missing = new Set(found.filter(isCore).map(nameOf))
  const chosen = new Set<Found>()
  // Those that have most of what is still missing come first.
  const gain = (hits: readonly Found[]) => new Set(hits.map(nameOf).filter((name) => missing.has(name))).size
  while (missing.size > 0) {
    const best = [...states.values()].reduce((a, b) => (gain(b) > gain(a) ? b : a))
    const last = best.at(-1)
    if (!last || gain(best) === 0) break
    for (const hit of best) missing.delete(nameOf(hit))
    chosen.add(last)
  }
  const random = seeded(seed)
  const rest = everyState(found).filter((one) => !chosen.has(one))
  while (chosen.size < size && rest.length > 0)
    for (const one of rest.splice(Math.floor(random() * rest.length), 1)) chosen.add(one)
  return [...chosen]
}

function nameOf({ place, position }: Found): string {
  return `${place} ${position}`
}
