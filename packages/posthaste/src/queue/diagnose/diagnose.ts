import { isPosthasteError } from '../../errors.ts'
import type { QueueAdmin } from '../queue-admin.ts'
import type { QueueParts } from '../queue-parts.ts'
import { checkDatabase } from './check-database.ts'
import { checkFlow } from './check-flow.ts'
import { checkTransports } from './check-transports.ts'
import { type Finding, messageOf, note } from './finding.ts'
import { sendTest, type TestedQueue } from './send-test.ts'

/** Looks at everything that can be looked at; what stands on something broken is left out. */
export async function diagnose(
  queue: QueueAdmin & TestedQueue,
  parts: QueueParts,
  testAddress: string | undefined,
): Promise<Finding[]> {
  parts.settings()
  const database = await checkDatabase(parts)
  const findings = [...database, ...(await checkTransports(parts))]
  if (isBroken(database.filter(({ check }) => check !== 'clock'))) return findings
  findings.push(...(await flowOf(queue)))
  if (testAddress !== undefined && !isBroken(findings.filter(({ check }) => check.startsWith('transport'))))
    findings.push(await sendTest(queue, parts, testAddress))
  return findings
}

/** Who only enqueues reads no mail. */
async function flowOf(queue: QueueAdmin): Promise<Finding[]> {
  try {
    return await checkFlow(queue)
  } catch (error) {
    if (!isPosthasteError(error, 'PH_DATABASE_RIGHTS')) throw error
    return [
      note(
        'flow',
        `not looked at: ${messageOf(error)}`,
        'Run the doctor as a user that delivers, or as the owner.',
      ),
    ]
  }
}

function isBroken(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'problem')
}
