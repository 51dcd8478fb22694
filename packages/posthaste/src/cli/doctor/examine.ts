import type { Call } from '../using-queue.ts'
import { checkDatabase } from './check-database.ts'
import { checkFlow } from './check-flow.ts'
import { checkTransports } from './check-transports.ts'
import { type Finding, ok } from './finding.ts'
import { sendTest } from './send-test.ts'

/** Looks at everything that can be looked at; what stands on something broken is left out. */
export async function examine(
  { queue, inside, source }: Pick<Call, 'queue' | 'inside' | 'source'>,
  testAddress: string | undefined,
): Promise<Finding[]> {
  inside.settings()
  const database = await checkDatabase(inside)
  const findings = [ok('configuration', `from ${source}`), ...database, ...(await checkTransports(inside))]
  if (isBroken(database.filter(({ check }) => check !== 'clock'))) return findings
  findings.push(...(await checkFlow(inside)))
  if (testAddress !== undefined && !isBroken(findings.filter(({ check }) => check.startsWith('transport'))))
    findings.push(await sendTest(queue, inside, testAddress))
  return findings
}

function isBroken(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'problem')
}
