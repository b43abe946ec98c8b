import { posix } from 'node:path'
import { lineAt, type SourceFile } from './source-files.ts'

/** One `import`, `export … from` or `import()` of a file. */
export interface Import {
  readonly file: string
  readonly line: number
  /** As written. */
  readonly specifier: string
  /** The file that a relative specifier names, relative to the root; null for packages and `node:` modules. */
  readonly target: string | null
  /** Erased before the code runs. */
  readonly isType: boolean
}

// Formatted code has its imports at the start of a line, so no comment looks like one.
const PATTERNS = [
  /^(?:import|export)\b[^;'"`]*?\bfrom\s+'([^']+)'/gm,
  /^import\s+'([^']+)'/gm,
  /\bimport\(\s*'([^']+)'\s*\)/g,
]
const COMMENT = /^\s*(?:\/\/|\/?\*)/

export function parseImports({ path, text }: SourceFile): readonly Import[] {
  return PATTERNS.flatMap((pattern) =>
    [...text.matchAll(pattern)]
      .filter((match) => !isInsideTemplate(text, match.index))
      .map((match) => {
        const specifier = match[1] ?? ''
        // The match may begin some lines before the specifier: the line of the specifier is the one to show.
        const line = lineAt(text, match.index + match[0].length - 1)
        const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : null
        return { file: path, line, specifier, target, isType: /^(?:import|export)\s+type\b/.test(match[0]) }
      }),
  )
}

/** A template that holds code (of a generated file, for example) also has imports at the start of a line. */
function isInsideTemplate(text: string, offset: number): boolean {
  const lines = text.slice(0, offset).split('\n')
  const code = lines.filter((line) => !COMMENT.test(line)).join('\n')
  return (code.match(/(?<!\\)`/g) ?? []).length % 2 === 1
}
