import type { Dispatch } from './transport.ts'

/** Asks once; a failure of `mayBegin` counts as its no. */
export async function mayBegin(dispatch: Pick<Dispatch, 'mayBegin'>): Promise<boolean> {
  try {
    return await dispatch.mayBegin()
  } catch {
    return false
  }
}

/** Whether the body of one mail may begin to leave: asked once, when the other side is ready for it. */
export class Permission {
  readonly #mayBegin: () => Promise<boolean>
  #asked = false
  #refused = false

  constructor(mayBegin: () => Promise<boolean>) {
    this.#mayBegin = mayBegin
  }

  /** `mayBegin` was asked: bytes may have left. */
  get asked(): boolean {
    return this.#asked
  }

  /** No byte has left, and none will. */
  get refused(): boolean {
    return this.#refused
  }

  /** Nothing may leave any more: a later question is answered with no. */
  refuse(): void {
    if (!this.#asked) this.#refused = true
  }

  /** A failure of `mayBegin` counts as its no. */
  async ask(): Promise<boolean> {
    if (this.#refused) return false
    this.#asked = true
    try {
      this.#refused = !(await this.#mayBegin())
    } catch {
      this.#refused = true
    }
    return !this.#refused
  }
}
