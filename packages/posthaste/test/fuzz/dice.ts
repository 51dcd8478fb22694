import { seeded } from '../support/seeded.ts'

/** Chance that depends on what it was made of alone. */
export interface Dice {
  /** In [0, 1). */
  roll(): number
  /** A whole number from 0 to one less than this. */
  below(count: number): number
  chance(share: number): boolean
  pick<T>(of: readonly T[]): T
}

/** A mail and its attempt make the same dice in each run with one seed, in whatever order things come. */
export function diceOf(...parts: readonly (string | number)[]): Dice {
  const roll = seeded(hashOf(parts.join(' ')))
  const below = (count: number) => Math.floor(roll() * count)
  return {
    roll,
    below,
    chance: (share) => roll() < share,
    pick: <T>(of: readonly T[]) => of[below(of.length)] as T,
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 2_166_136_261
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619)
  return hash >>> 0
}
