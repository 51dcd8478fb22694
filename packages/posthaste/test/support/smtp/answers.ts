import type { SmtpScript, SmtpStep } from './script.ts'

export interface Answering {
  /** Only for this address. */
  address?: string
  /** Only so often; then the ordinary reply. @default always */
  times?: number
}

/** Says this at a step, and the ordinary reply everywhere else. */
export function answer(
  step: SmtpStep,
  reply: string,
  { address, times = Number.POSITIVE_INFINITY }: Answering = {},
): SmtpScript {
  let said = 0
  return (command) => {
    if (command.step !== step || (address !== undefined && command.address !== address) || said >= times)
      return undefined
    said++
    return reply
  }
}
