import type { CodeBlock } from './markdown-code.ts'

/** A file of a program, made of one block, or of several where later ones go on with it. */
export interface ProgramFile {
  readonly blocks: readonly CodeBlock[]
}

/** What the blocks of a page make together: files of one folder, and the blocks that are run there. */
export interface DocProgram {
  readonly page: string
  readonly beside: string | null
  readonly files: ReadonlyMap<string, ProgramFile>
  /** Blocks to run once all files are there. */
  readonly runs: readonly CodeBlock[]
}

interface Draft {
  readonly page: string
  readonly beside: string | null
  readonly files: Map<string, ProgramFile>
  readonly runs: CodeBlock[]
}

/**
 * Puts the blocks of a page into folders. A page is one program until it shows a file a second time or lies beside
 * another folder: there a new program starts, with the files so far that have a
 * name.
 */
export function collectPrograms(blocks: readonly CodeBlock[]): readonly DocProgram[] {
  const drafts: Draft[] = []
  let last: string | null = null
  for (const block of blocks.filter((one) => !one.flags.has('unchecked'))) {
    if (!isFile(block) && !isRun(block)) continue
    const draft = draftFor(block, drafts)
    if (isFile(block)) last = addFile(draft, block, last)
    if (isRun(block)) draft.runs.push(block)
  }
  return drafts
}

function isFile({ language, name }: CodeBlock): boolean {
  return language === 'ts' || (name !== null && language !== 'sh')
}

function isRun({ language, flags }: CodeBlock): boolean {
  return flags.has('run') && (language === 'sh' || language === 'ts')
}

function draftFor(block: CodeBlock, drafts: Draft[]): Draft {
  const current = drafts.at(-1)
  const isShownAgain = block.name !== null && !block.flags.has('more') && current?.files.has(block.name) === true
  if (current !== undefined && current.page === block.page && current.beside === block.beside && !isShownAgain)
    return current
  const isSame = current !== undefined && current.page === block.page && current.beside === block.beside
  const draft: Draft = {
    page: block.page,
    beside: block.beside,
    files: isSame ? namedFiles(current) : new Map<string, ProgramFile>(),
    runs: [],
  }
  drafts.push(draft)
  return draft
}

/** A block without a name shows something about the program as it was: it does not go over into the next one. */
function namedFiles({ files }: Draft): Map<string, ProgramFile> {
  return new Map([...files].filter(([, { blocks }]) => blocks[0]?.name !== null))
}

/** Gives the name of the file that a block marked `more` after it goes on with. */
function addFile({ files }: Draft, block: CodeBlock, last: string | null): string {
  const isMore = block.flags.has('more') && last !== null
  const name = isMore ? last : (block.name ?? `block-${block.line}.ts`)
  files.set(name, { blocks: isMore ? [...(files.get(name)?.blocks ?? []), block] : [block] })
  return name
}

/** The text of a file, and where a line of it stands in the page. */
export function joinBlocks({ blocks }: ProgramFile): {
  readonly text: string
  readonly lineOf: (line: number) => number
} {
  const starts: { readonly at: number; readonly line: number }[] = []
  let text = ''
  for (const block of blocks) {
    starts.push({ at: text.split('\n').length, line: block.line })
    text += `${block.text}\n`
  }
  return {
    text,
    lineOf: (line) => {
      const start = starts.findLast(({ at }) => at <= line) ?? { at: 1, line: 1 }
      return start.line + line - start.at
    },
  }
}
