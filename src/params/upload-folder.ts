import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the files of one call lie: made for the first one, for its owner only, removed at the end. */
export class UploadFolder {
  #path: string | null = null
  #count = 0

  get isUsed(): boolean {
    return this.#path !== null
  }

  /** A path for the next file; nothing of it comes from the peer. */
  async nextPath(): Promise<string> {
    this.#path ??= await mkdtemp(join(tmpdir(), 'guichet-upload-'))
    return join(this.#path, String(this.#count++))
  }

  async remove(): Promise<void> {
    const path = this.#path
    this.#path = null
    if (path !== null) await rm(path, { recursive: true, force: true })
  }
}
