import { expect, test } from 'vitest'
import { OwnFaults } from '../../src/worker/own-faults.ts'

test('a fault is told by transport until a mail goes, or long after nothing tried it again', () => {
  const faults = new OwnFaults()
  expect(faults.textAt(0)).toBeNull()
  faults.note('main', { reason: 'ENOSPC', until: 1_000 })
  faults.note('bulk', { reason: 'EMFILE', until: 2_000 })
  expect(faults.textAt(0)).toBe("transport 'main': ENOSPC; transport 'bulk': EMFILE")
  faults.note('bulk', { reason: 'ENFILE', until: 9_000 })
  expect(faults.textAt(301_000)).toBe("transport 'bulk': ENFILE")
  faults.clear('bulk')
  expect(faults.textAt(0)).toBe("transport 'main': ENOSPC")
  expect(faults.textAt(301_000)).toBeNull()
})
