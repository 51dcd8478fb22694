import { isAllowed, type TransitionName, transitions } from '../../src/mail/transitions.ts'
import type { Mail, Omission, Violation, Worker } from './world.ts'

const length = 30
const interval = length / 3

/** One mail, three workers, a mail server and a clock, moved by dice: the claim, lease, dispatch, settlement and rescue of the store and the worker. */
export class Protocol {
  readonly #random: () => number
  readonly #omitted: Omission | undefined
  readonly #leases = new Map<number, number>()
  readonly #workers: Worker[]
  readonly mail: Mail
  #now = 0
  #ids = 0
  #faults = 0
  /** A worker has brought an acceptance to the database. */
  #known = false
  violation: Violation | undefined

  constructor(random: () => number, omitted?: Omission) {
    this.#random = random
    this.#omitted = omitted
    const policy = random() < 0.5 ? 'retry' : 'hold'
    this.mail = {
      state: 'queued',
      policy,
      token: 0,
      holder: 0,
      dispatched: false,
      unknowns: 0,
      accepted: false,
      copies: 0,
    }
    this.#workers = [0, 1, 2].map(() => this.#born())
  }

  /** So many turns of the dice, then peace until nothing moves any more. */
  run(turns: number): Violation | undefined {
    for (let i = 0; i < turns; i++) this.#turn({ faulty: true })
    for (let i = 0; i < 400 && !this.#isAtRest(); i++) this.#turn({ faulty: false })
    return this.violation ?? this.#judge()
  }

  #judge(): Violation | undefined {
    const { state, copies, unknowns, policy } = this.mail
    if (!(state === 'sent' && copies > 0) && !(state === 'held' && unknowns > 0)) return 'lost'
    if (copies - 1 > unknowns) return 'unflagged'
    if (policy === 'hold' && copies > 1) return 'out of policy'
    return this.#faults === 0 && (copies > 1 || unknowns > 0) ? 'doubt without a cause' : undefined
  }

  #isAtRest(): boolean {
    return (
      (this.mail.state === 'sent' || this.mail.state === 'held') &&
      this.#workers.every(({ phase }) => phase === 'idle')
    )
  }

  #turn({ faulty }: { faulty: boolean }): void {
    this.#now += this.#random() * 4
    for (const worker of this.#workers) if (this.#acts(worker)) this.#beat(worker)
    const worker = this.#workers[Math.floor(this.#random() * 3)]
    if (!worker) return
    const dice = this.#random()
    if (faulty && dice < 0.03) this.#kill(worker)
    else if (faulty && dice < 0.06) this.#stand(worker)
    else if (!this.#acts(worker)) this.#revive(worker)
    else if (dice < 0.3) this.#rescue()
    else this.#advance(worker, faulty)
  }

  #acts({ dead, standsUntil }: Worker): boolean {
    return !dead && standsUntil <= this.#now
  }

  #born(): Worker {
    const id = ++this.#ids
    this.#leases.set(id, this.#now + length)
    return {
      id,
      phase: 'idle',
      token: 0,
      claimedAs: 0,
      late: false,
      until: this.#now + length,
      dead: false,
      standsUntil: 0,
    }
  }

  #kill(worker: Worker): void {
    this.#faults++
    worker.dead = true
    worker.phase = 'idle'
  }

  #stand(worker: Worker): void {
    this.#faults++
    worker.standsUntil = this.#now + this.#random() * length * 3
  }

  #revive(worker: Worker): void {
    if (worker.dead) Object.assign(worker, this.#born())
  }

  /** Whose row is gone goes on under a new name. */
  #beat(worker: Worker): void {
    if (worker.until - this.#now > length - interval) return
    if (!this.#leases.has(worker.id)) worker.id = ++this.#ids
    worker.until = this.#now + length
    this.#leases.set(worker.id, worker.until)
  }

  #isSafe(worker: Worker): boolean {
    return worker.claimedAs === worker.id && worker.until - this.#now > interval
  }

  #holds({ token }: Worker): boolean {
    return this.mail.state === 'sending' && (this.mail.token === token || this.#omitted === 'fence')
  }

  #advance(worker: Worker, faulty: boolean): void {
    if (worker.phase === 'idle') this.#claim(worker)
    else if (worker.phase === 'claimed') this.#begin(worker)
    else if (worker.phase === 'allowed') worker.phase = 'handed over'
    else if (worker.phase === 'handed over') this.#answer(worker, faulty)
    else this.#settle(worker)
  }

  #claim(worker: Worker): void {
    const { mail } = this
    if (mail.state !== 'queued') return
    if (mail.accepted) {
      mail.state = 'sent'
      return
    }
    move(mail, 'claim', 'sending')
    Object.assign(mail, { holder: worker.id, dispatched: mail.policy === 'retry' })
    Object.assign(worker, { phase: 'claimed', token: mail.token, claimedAs: worker.id, late: this.#known })
  }

  #begin(worker: Worker): void {
    const { mail } = this
    const holds = this.#holds(worker)
    if (!this.#isSafe(worker) || (mail.policy === 'hold' && !holds)) {
      if (holds) move(mail, 'returnClaim', 'queued')
      worker.phase = 'idle'
      return
    }
    if (mail.policy === 'hold') mail.dispatched = true
    worker.phase = 'allowed'
  }

  #answer(worker: Worker, faulty: boolean): void {
    const dice = this.#random()
    if (faulty && dice < 0.2) {
      worker.phase = 'deferred'
      return
    }
    this.mail.copies++
    worker.phase = 'accepted'
    if (worker.late) this.violation ??= 'asked again after an acceptance on record'
    if (!faulty || dice >= 0.35) return
    this.#faults++
    worker.phase = 'unknown'
  }

  #settle(worker: Worker): void {
    const { mail } = this
    const said = worker.phase
    worker.phase = 'idle'
    this.#known ||= said === 'accepted'
    if (!this.#holds(worker)) {
      if (said === 'accepted') this.#settleStale()
      return
    }
    mail.accepted ||= said === 'accepted'
    if (said === 'unknown') move(mail, 'settle', mail.policy === 'hold' && !mail.accepted ? 'held' : 'queued')
    else move(mail, 'settle', mail.accepted ? 'sent' : 'queued')
    if (said !== 'unknown') return
    if (this.#omitted !== 'flag') mail.unknowns++
  }

  /** An acceptance is a fact. */
  #settleStale(): void {
    const { mail } = this
    if (this.#omitted === 'stale acceptance') return
    mail.accepted = true
    if (isAllowed('acceptLate', { state: mail.state, isDispatched: mail.dispatched }))
      move(mail, 'acceptLate', 'sent')
    else mail.unknowns++
  }

  #rescue(): void {
    const { mail } = this
    const early = this.#omitted === 'lease'
    for (const [id, until] of this.#leases) {
      if (until > this.#now + (early ? length : 0)) continue
      this.#leases.delete(id)
      if (mail.state !== 'sending' || mail.holder !== id) continue
      const doubtful = mail.dispatched
      move(mail, 'rescue', doubtful && mail.policy === 'hold' ? 'held' : 'queued')
      if (doubtful && this.#omitted !== 'flag') mail.unknowns++
    }
  }
}

/** As the store's own table has it: from where, to where, and whether the token grows. */
function move(mail: Mail, name: TransitionName, to: Mail['state']): void {
  const transition = transitions[name]
  if (!transition.from.includes(mail.state) || !(to in transition.to))
    throw new Error(`${name} does not lead from ${mail.state} to ${to}`)
  mail.state = to
  if (!transition.keepsToken) mail.token++
  if (to !== 'sending') mail.dispatched = false
}
