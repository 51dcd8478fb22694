import type { GoneName } from './rules.ts'

const everywhere = (kind: GoneName['kind'], ...names: string[]): GoneName[] =>
  names.map((name) => ({ name, kind }))
const within = (folder: string, ...names: string[]): GoneName[] =>
  names.map((name) => ({ name, kind: 'identifier', folder }))

/** What was renamed, by the folder in which the old name meant something else than it says. */
export const names: readonly GoneName[] = [
  ...everywhere('identifier', 'stillHeld', 'letGo', 'Bounds', 'Behind', 'isCrowded', 'isBound', 'isInside'),
  ...everywhere('identifier', 'inLine', 'oneByOne', 'openMails', 'openMore', 'writeDown', 'witnessed'),
  ...everywhere('identifier', 'keepKeys', 'Reins', 'speak', 'Underway', 'Outbound'),
  ...everywhere(
    'identifier',
    'Idleness',
    'Remembered',
    'LostClaims',
    'keepHouse',
    'House',
    'isolateSuspects',
  ),
  ...everywhere('identifier', 'obituary', 'hindered', 'burnt', 'restAsOthersDo', 'isRestKnown', 'insideOf'),
  ...everywhere('identifier', 'Operator', 'WrongCall', 'lookAround', 'PH_DATABASE_WENT_BACK'),
  ...everywhere(
    'word',
    'whoever',
    'himself',
    'thereof',
    'wherein',
    'quarantined',
    'rest_until',
    "don't-send list",
  ),
  ...within('queue/', 'Hold', 'Held', 'underway', 'asking'),
  ...within('transactions/', 'Hold', 'Held', 'hold', 'takeSlot', 'places', 'placeOf'),
  ...within('connections/', 'places', 'placeOf'),
  ...within('store/', 'Hold', 'Held', 'shown', 'again', 'places', 'placeOf', 'releaseLost'),
  ...within('store/add/', 'deliver', 'fill'),
  ...within('worker/', 'Line', 'tell', 'begin', 'trouble', 'rest'),
  ...within('cli/', 'agree', 'verb', 'hush', 'maxAge'),
]
