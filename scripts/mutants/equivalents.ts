/** Mutants that no test can kill, for the code does the same with them. */
export interface Equivalent {
  readonly file: string
  /** A part of their line that tells it from others. */
  readonly line: string
  /** What they make of it; or how many they are, where they only make a pattern narrower. */
  readonly mutants: readonly string[] | number
  readonly reason: string
}

const forTypes = 'it is asked for the sake of the types alone, or of an index that is always there'
const notNeeded = 'a shortcut: the longer way comes to the same'

export const equivalents: readonly Equivalent[] = [
  {
    file: 'foreign.ts',
    line: 'if (found === null ||',
    mutants: ['false'],
    reason: 'null throws, and a throw is undefined',
  },
  { file: 'foreign.ts', line: '} catch {', mutants: ['{}'], reason: 'no return is undefined' },
  {
    file: 'foreign.ts',
    line: "typeof number === 'number' && Number.isFinite",
    mutants: ['true'],
    reason: 'only numbers are finite',
  },
  { file: 'foreign.ts', line: "text.includes('://')", mutants: ['""'], reason: notNeeded },
  { file: 'foreign.ts', line: 'const authorization =', mutants: 1, reason: notNeeded },
  {
    file: 'input/near-miss.ts',
    line: '.toLowerCase()',
    mutants: 1,
    reason: 'names are compared with each other alone',
  },
  { file: 'input/near-miss.ts', line: 'return rows[a.length]?.', mutants: 1, reason: forTypes },
  {
    file: 'input/near-miss.ts',
    line: 'rows[i - 1] ?? []',
    mutants: ['["Stryker was here"]'],
    reason: forTypes,
  },
  { file: 'input/near-miss.ts', line: 'rows[i - 2]?.', mutants: 1, reason: forTypes },
  { file: 'input/table.ts', line: 'known.get(name)?.absent', mutants: 1, reason: forTypes },
  { file: 'input/table.ts', line: 'if (prototype !== Object.prototype &&', mutants: 4, reason: notNeeded },
  { file: 'input/table.ts', line: 'if (prototype === Object.prototype ||', mutants: 4, reason: notNeeded },
  { file: 'input/time.ts', line: "match[2] ?? ''", mutants: ['"Stryker was here!"'], reason: forTypes },
  {
    file: 'input/time.ts',
    line: 'const withOffset =',
    mutants: 1,
    reason: 'what stands before a date makes it none',
  },
  {
    file: 'input/time.ts',
    line: 'value.length > 40',
    mutants: ['false', 'value.length >= 40'],
    reason: notNeeded,
  },
  { file: 'mail/address-key.ts', line: 'if (isItsOwnKey(address))', mutants: ['false'], reason: notNeeded },
  { file: 'mail/address-key.ts', line: '/^[\\w!#$%&', mutants: 9, reason: notNeeded },
  { file: 'mail/address-key.ts', line: 'function isItsOwnKey', mutants: ['{}'], reason: notNeeded },
  { file: 'mail/address-key.ts', line: 'if (isPlainDomain(domain))', mutants: ['false'], reason: notNeeded },
  { file: 'mail/address-key.ts', line: 'const plainDomain =', mutants: 4, reason: notNeeded },
  { file: 'mail/address-key.ts', line: 'function isPlainDomain', mutants: ['{}'], reason: notNeeded },
  { file: 'mail/address-key.ts', line: 'domain.length <= longestDomain &&', mutants: 4, reason: notNeeded },
  { file: 'mail/address-key.ts', line: 'address.length <= 254 &&', mutants: 5, reason: notNeeded },
  { file: 'mail/address-key.ts', line: "address = ''] =", mutants: 2, reason: 'neither is an IP address' },
  {
    file: 'mail/entry-key.ts',
    line: "parseMailboxes(text, 'address')",
    mutants: ['""'],
    reason: 'what is wrong is not told',
  },
  {
    file: 'mail/transitions.ts',
    line: "['app', 'worker', 'maintenance']",
    mutants: ['""', '""', '""'],
    reason: 'each way out of a state that is not final belongs to two of them',
  },
  { file: 'moments.ts', line: '\\.\\d+Z$', mutants: 1, reason: 'the Z is the end' },
  {
    file: 'outcome.ts',
    line: "return outcome.type === 'answered' || outcome.type === 'fault'",
    mutants: ['true'],
    reason: forTypes,
  },
  {
    file: 'outcome.ts',
    line: "if (outcome.type !== 'answered' && outcome.type !== 'fault')",
    mutants: ['false'],
    reason: forTypes,
  },
  { file: 'routing/intake.ts', line: 'only?.bookmarks', mutants: 1, reason: forTypes },
  {
    file: 'routing/route-answer.ts',
    line: 'if (config === undefined)',
    mutants: ['false', '""'],
    reason: forTypes,
  },
  {
    file: 'routing/route-answer.ts',
    line: 'a < b ? -1 : 1',
    mutants: ['a <= b', 'a >= b'],
    reason: 'any order will do that is always the same',
  },
  { file: 'routing/router.ts', line: "reason = ''", mutants: ['"Stryker was here!"'], reason: forTypes },
  { file: 'routing/router.ts', line: 'oldest !== undefined', mutants: ['true'], reason: forTypes },
  { file: 'routing/served.ts', line: 'names[0] !== undefined', mutants: ['true'], reason: forTypes },
  {
    file: 'routing/suspicions.ts',
    line: "reply?.code ?? ''",
    mutants: ['"Stryker was here!"'],
    reason: 'it is no code either',
  },
  {
    file: 'transports/outcome/classify-hook.ts',
    line: 'hook?.(error, mail)',
    mutants: 1,
    reason: 'what it throws is no answer',
  },
  {
    file: 'transports/outcome/classify-hook.ts',
    line: '} catch {',
    mutants: ['{}'],
    reason: 'no return is undefined',
  },
  {
    file: 'transports/outcome/classify-hook.ts',
    line: "if (typeof answer === 'object' && answer !== null)",
    mutants: ['true', 'true', 'true', "typeof answer === 'object' || answer !== null"],
    reason: 'a promise of what is no promise does no harm',
  },
  {
    file: 'transports/outcome/api-body.ts',
    line: '} catch {',
    mutants: ['{}'],
    reason: 'no return is undefined',
  },
  {
    file: 'worker/budget.ts',
    line: 'this.leftAfter([])',
    mutants: ['["Stryker was here"]'],
    reason: 'a text was not delivered',
  },
]
