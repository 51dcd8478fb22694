import { answersOf, faultOf, type Outcome, type RecipientOutcome } from '../outcome.ts'
import { isUnproven } from '../refusal.ts'
import type { AttemptRecord, Claim } from '../store/store.ts'

export interface About {
  readonly worker: string
  readonly transport: string
  readonly startedAt: number
  readonly ms: number
  readonly attempt: number
}

/** The line of history that an outcome leaves. */
export function attemptOf(claim: Claim, outcome: Outcome, about: About): AttemptRecord {
  const fault = faultOf(outcome)
  const reply = outcome.reply ?? fault?.reply
  const answers = answersOf(outcome)
  return {
    mailId: claim.mailId,
    token: claim.token,
    ...about,
    outcome: nameOf(outcome),
    code: reply?.code ?? null,
    enhanced: reply?.enhanced ?? null,
    reply: reply?.text ?? fault?.message ?? null,
    errorCode: outcome.errorCode ?? null,
    doubt: answers.some(({ verdict }) => verdict === 'unknown'),
    remote: outcome.remote ?? null,
    tls: outcome.tls ?? null,
    serverMessageId: outcome.serverMessageId ?? null,
    recipients: answers.map((one) => ({
      address: one.address,
      verdict: wordOf(one),
      ...one.reply,
    })),
  }
}

function nameOf(outcome: Outcome): string {
  if (outcome.type === 'unsent') return outcome.reason
  const fault = faultOf(outcome)
  const verdicts = new Set(answersOf(outcome).map(wordOf))
  if (verdicts.has('unknown')) return 'unknown'
  if (verdicts.size > 1) return 'partial'
  const isAnswer = ['accepted', 'rejected', 'refused'].some((word) => verdicts.has(word))
  if (fault && !isAnswer) return 'fault'
  return [...verdicts][0] ?? 'none'
}

/** A rejection that is not proven is called a refusal: its recipient is asked again. */
function wordOf(one: RecipientOutcome): string {
  return isUnproven(one) ? 'refused' : one.verdict
}
