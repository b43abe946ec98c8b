import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { FileTree, OpenedFile } from './file-tree.ts'

/** What tells that a file on the disk is still the one that was read. */
export interface FileVersion {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/** One file on the disk, as it was when it was read. */
export interface StoredFile {
  /** Path inside the tree. */
  readonly path: string
  readonly version: FileVersion
  readonly size: number
  readonly lastModifiedMs: number
  /** Strong, but for a file that has just been written. */
  readonly etag: string
  /** Null: too large to be kept. */
  readonly bytes: Uint8Array | null
  /** False where a later change may have left the same version, so that the bytes must be read again. */
  readonly isSettled: boolean
}

/** Two changes closer than this may carry the same time: the clock of a file system ticks slowly. */
const TICK_MS = 2000
const READS_MAX = 3

/**
 * Reads the file at `path`: all of it up to `bytesMax`, only what is known about it beyond. `known` is what an earlier
 * reading gave, and is given back when nothing has changed.
 */
export async function readStoredFile(
  tree: FileTree,
  path: string,
  options: { readonly bytesMax: number; readonly nowMs: number; readonly known: StoredFile | null },
): Promise<StoredFile | 'folder' | null> {
  const opened = await tree.open(path)
  if (opened === null || opened === 'folder') return opened
  try {
    const { known } = options
    if (known?.isSettled === true && isSameVersion(known.version, opened.stats)) return known
    return await readOpened(opened, path, options)
  } finally {
    await opened.handle.close()
  }
}

/** Opens a file to be sent piece by piece, described as it is at this moment. */
export async function openStoredFile(
  tree: FileTree,
  path: string,
  nowMs: number,
): Promise<{ readonly stored: StoredFile; readonly handle: FileHandle } | null> {
  const opened = await tree.open(path)
  if (opened === null || opened === 'folder') return null
  const { handle, stats } = opened
  return { handle, stored: { ...describe(path, stats, nowMs), etag: etagOf(stats, nowMs), bytes: null } }
}

function isSameVersion(one: FileVersion, other: FileVersion): boolean {
  const isSameFile = one.ino === other.ino && one.dev === other.dev && one.size === other.size
  return isSameFile && one.mtimeNs === other.mtimeNs && one.ctimeNs === other.ctimeNs
}

async function readOpened(
  { handle, stats }: OpenedFile,
  path: string,
  { bytesMax, nowMs }: { readonly bytesMax: number; readonly nowMs: number },
): Promise<StoredFile> {
  let before = stats
  for (let reads = 0; reads < READS_MAX && before.size <= BigInt(bytesMax); reads++) {
    const bytes = await readBytes(handle, Number(before.size))
    const after = await handle.stat({ bigint: true })
    // A file that changes while it is read would be half old and half new.
    if (bytes !== null && isSameVersion(before, after)) {
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
      return { ...describe(path, after, nowMs), etag, bytes }
    }
    before = after
  }
  return { ...describe(path, before, nowMs), etag: etagOf(before, nowMs), bytes: null }
}

function describe(path: string, stats: BigIntStats, nowMs: number): Omit<StoredFile, 'etag' | 'bytes'> {
  const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs } = stats
  return {
    path,
    version: { dev, ino, size, mtimeNs, ctimeNs },
    size: Number(size),
    lastModifiedMs: Math.min(Number(mtimeMs), nowMs),
    isSettled: isSettled(stats, nowMs),
  }
}

function isSettled({ ctimeMs }: BigIntStats, nowMs: number): boolean {
  return nowMs - Number(ctimeMs) >= TICK_MS
}

/**
 * The tag of a file too large to be hashed at each change. The time of its last change of any kind (ctime) cannot be
 * set back, so another content has another tag; hashed, since an inode number is nobody's business.
 */
function etagOf(stats: BigIntStats, nowMs: number): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats
  const text = [dev, ino, size, mtimeNs, ctimeNs].join('-')
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  return isSettled(stats, nowMs) ? etag : `W/${etag}`
}

/** Null when the file is shorter than `size`. */
async function readBytes(handle: FileHandle, size: number): Promise<Uint8Array | null> {
  const bytes = Buffer.allocUnsafeSlow(size)
  let filled = 0
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled)
    if (bytesRead === 0) return null
    filled += bytesRead
  }
  return bytes
}
