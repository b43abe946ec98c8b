/** One fenced block of a page. */
export interface CodeBlock {
  readonly page: string
  /** The line of its first line of code, from 1. */
  readonly line: number
  /** The first word after the fence: `ts`, `sql`, `sh`, … */
  readonly language: string
  /** The other words after the fence. */
  readonly flags: ReadonlySet<string>
  /** The file that its first line names in a comment, such as `// app.ts`; null where it names none. */
  readonly name: string | null
  /** The folder whose files lie beside the code: the last `<!-- beside FOLDER -->` of the page before it. */
  readonly beside: string | null
  readonly text: string
}

const FENCE = /^( *)```+([^\s`]*)[ \t]*([^\n`]*)\n([\s\S]*?)^\1```+ *$/gm
const NAME = /^(?:\/\/|--|#) ([\w./-]+\.(?:ts|sql|json|html|css|txt|env))\b/
const BESIDE = /<!-- beside (\S+) -->/g

/** The fenced blocks of a page, in order. */
export function parseCodeBlocks(page: string, text: string): readonly CodeBlock[] {
  return [...text.matchAll(FENCE)].map((match) => {
    const [, indent = '', language = '', flags = '', body = ''] = match
    const code = body
      .split('\n')
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
    const before = text.slice(0, match.index)
    return {
      page,
      line: before.split('\n').length + 1,
      language,
      flags: new Set(flags.split(/\s+/).filter((flag) => flag !== '')),
      name: NAME.exec(code[0] ?? '')?.[1] ?? null,
      beside: [...before.matchAll(BESIDE)].at(-1)?.[1] ?? null,
      text: code.join('\n'),
    }
  })
}
