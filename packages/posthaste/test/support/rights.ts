import type { Right } from '../../src/store/rights/rights.ts'

export function statementsIn(sql: string): string[] {
  return sql
    .trim()
    .split(/;\n|;$/)
    .filter(Boolean)
}

/** Columns one by one. */
export function eachColumn(right: Right): Right[] {
  return right.columns?.map((column) => ({ ...right, columns: [column] })) ?? [right]
}

export function word({ privilege, columns }: Right): string {
  return columns ? `${privilege} (${columns.join(', ')})` : privilege
}

export function says(message: string, { privilege, name }: Right): boolean {
  const isNamed = message.includes(name)
  const isSaid = ['usage', 'execute'].includes(privilege) || new RegExp(privilege, 'i').test(message)
  return message.includes('[PH_DATABASE_RIGHTS]') && isNamed && isSaid
}

/** The row of a guard that cannot be deleted is left to a worker's sweep: its mail is stored all the same. */
export function isOnlySwept({ privilege, name }: Right): boolean {
  return privilege === 'delete' && name === 'meta'
}
