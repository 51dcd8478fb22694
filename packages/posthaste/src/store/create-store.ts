import type { Database } from '../connections/database.ts'
import { dispatch, returnClaims, returnLostClaims } from './delivery/claims.ts'
import { chunk, document, mime } from './delivery/content.ts'
import { dateAnew } from './delivery/date-anew.ts'
import { nextDue } from './delivery/due-pairs.ts'
import { expire } from './delivery/expire.ts'
import { keptBack } from './delivery/kept-back.ts'
import { pause, pauses, resume } from './delivery/pauses.ts'
import { rescue } from './delivery/rescue.ts'
import { settleForgotten } from './delivery/settle-forgotten.ts'
import { backOffTransport, resumeTransport, transportBackoffs } from './delivery/transports.ts'
import { turn } from './delivery/turn.ts'
import { failUndue } from './delivery/unreadable.ts'
import { anySleeping, beat, registerWorker, removeWorker, workers } from './delivery/workers.ts'
import type { Engine, StoreBase } from './engine.ts'
import { act } from './record/act.ts'
import { attempts, count, find, get } from './record/find.ts'
import { forget } from './record/forget.ts'
import { makeWaitingDue } from './record/make-due.ts'
import { purge, purgeBodies, purgeMatching } from './record/purge.ts'
import { resolve } from './record/resolve.ts'
import { stats } from './record/stats.ts'
import { sweep } from './record/sweep.ts'
import { refusalStore } from './refusals/store.ts'
import { whyUnwritable } from './server.ts'
import type { DeliveryStore, RecordStore, Store } from './store.ts'
import { suppressionStore } from './suppressions.ts'

export { engineFor } from './engine-for.ts'

export function createStore(database: Database, engine: Engine): Store {
  const base: StoreBase = { database, engine }
  return {
    ...deliveryStore(base),
    ...recordStore(base),
    suppressions: suppressionStore(base),
    refusals: refusalStore(base),
    executor: database,
  }
}

function deliveryStore(base: StoreBase): DeliveryStore {
  return {
    turn: (asked) => turn(base, asked),
    dispatch: (mailId, token, now) => dispatch(base, { mailId, token }, now),
    dateAnew: (claim, late) => dateAnew(base, claim, late),
    returnClaims: (claims, dueAt) => returnClaims(base, claims, dueAt),
    returnLostClaims: (workerId, lost) => returnLostClaims(base, workerId, lost),
    settleForgotten: (confirmed, now) => settleForgotten(base, confirmed, now),
    nextDue: (streams) => nextDue(base, streams),
    mime: (mailId) => mime(base, mailId),
    document: (mailId) => document(base, mailId),
    chunk: (contentId, seq) => chunk(base, contentId, seq),
    registerWorker: (worker) => registerWorker(base, worker),
    beat: (workerId, told) => beat(base, workerId, told),
    removeWorker: (workerId) => removeWorker(base, workerId),
    anySleeping: (now) => anySleeping(base, now),
    rescue: (now, maxRescues) => rescue(base, now, maxRescues),
    failUndue: (streams, now, limit) => failUndue(base, streams, { now, limit }),
    expire: (now, limit) => expire(base, now, limit),
    backOffTransport: (name, terms) => backOffTransport(base, name, terms),
    resumeTransport: (name) => resumeTransport(base, name),
    transportBackoffs: (now) => transportBackoffs(base, now),
    pauses: () => pauses(base),
    keptBack: (mail, now) => keptBack(base, mail, now),
  }
}

function recordStore(base: StoreBase): RecordStore {
  return {
    get: (id) => get(base, id),
    find: (filter, page) => find(base, filter, page),
    count: (filter, atMost) => count(base, filter, atMost),
    attempts: (id) => attempts(base, id),
    act: (action, filter, now) => act(base, { action, filter, now }),
    makeWaitingDue: (transports, now) => makeWaitingDue(base, transports, now),
    resolve: (resolution, filter, by) => resolve(base, { resolution, filter, ...by }),
    pause: (asked) => pause(base, asked),
    resume: (stream, now) => resume(base, stream, now),
    stats: (now) => stats(base, now),
    whyUnwritable: () => whyUnwritable(base.database, base.engine),
    workers: () => workers(base),
    purge: (asked) => purge(base, asked),
    purgeMatching: (asked) => purgeMatching(base, asked),
    purgeBodies: (asked) => purgeBodies(base, asked),
    sweep: (asked) => sweep(base, asked),
    forget: (address, now) => forget(base, address, now),
  }
}
