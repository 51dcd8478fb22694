import type { StoreBase } from '../engine.ts'
import type { RefusalStore } from '../refusal-store.ts'
import { beginBrake, moveCanary, readBrakes, releaseBrake, takeCanary } from './brakes.ts'
import { proveRefusals } from './prove.ts'
import { freeRefusals, noteRefusals, readRefusals } from './refusals.ts'

export function refusalStore(base: StoreBase): RefusalStore {
  return {
    note: (refusals) => noteRefusals(base, refusals),
    read: async (now, transport) => ({
      waiting: await readRefusals(base, { now, transport }),
      brakes: await readBrakes(base, { now, transport }),
    }),
    prove: (refusals, by) => proveRefusals(base, refusals, by),
    free: (refusals, now) => freeRefusals(base, refusals, now),
    brake: (brake) => beginBrake(base, brake),
    takeCanary: (brake, times) => takeCanary(base, brake, times),
    moveCanary: (brake, canaryAt) => moveCanary(base, brake, canaryAt),
    release: (brake, now) => releaseBrake(base, brake, now),
  }
}
