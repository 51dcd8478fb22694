import type { Engine } from '../engine.ts'
import { first } from './0001-first.ts'
import { addFunction } from './0002-add-function.ts'
import { addMail3 } from './0003-add-mail-3.ts'

export interface Migration {
  readonly version: number
  readonly name: string
  readonly statements: (engine: Engine) => string[]
}

/** In order; never edited once released, only added to. */
export const migrations: readonly Migration[] = [
  { version: 1, name: 'first', statements: first },
  { version: 2, name: 'add-function', statements: addFunction },
  { version: 3, name: 'add-mail-3', statements: addMail3 },
]

export const schemaVersion = migrations.length
