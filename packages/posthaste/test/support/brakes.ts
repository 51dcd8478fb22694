import type { Brake } from '../../src/brake.ts'

/** The brake on a tenant's mail that began at this time. */
export function tenantBrake(since: number, given: Partial<Brake> = {}): Brake {
  return {
    transport: 'main',
    scope: 'tenant',
    value: 'acme',
    reply: '550 no',
    since,
    canaryAt: since + 4_000,
    endedAt: null,
    earlierMs: 0,
    ...given,
  }
}
