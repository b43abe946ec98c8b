import { arrayCodec, createBuiltinCodecs, enumCodec, unknownCodec } from './codecs.ts'
import type { Codec, Int8Mode } from './codecs.ts'
import type { Cell, Connection } from './driver.ts'

/** The codec of each type that statements met: built in, or asked from the server once (enums, domains, arrays). */
export interface TypeCatalog {
  /** Undefined until `load` saw the oid. */
  codec(oid: number): Codec | undefined
  /** Asks the server for the oids that are not known yet. */
  load(connection: Connection, oids: readonly number[]): Promise<void>
}

const QUERY = `
SELECT t.oid, t.typname, t.typtype, t.typcategory, t.typdelim,
       CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END AS inner_oid,
       (SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
          FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) AS labels
  FROM pg_catalog.pg_type t
 WHERE t.oid = ANY ($1::oid[])`

interface TypeRow {
  readonly oid: number
  readonly name: string
  readonly kind: 'array' | 'domain' | 'enum' | 'other'
  readonly delimiter: string
  readonly inner: number
  readonly labels: readonly string[]
}

export function createTypeCatalog(int8: Int8Mode = 'number'): TypeCatalog {
  const codecs = createBuiltinCodecs(int8)
  const load = async (connection: Connection, oids: readonly number[]): Promise<void> => {
    const missing = [...new Set(oids)].filter((oid) => !codecs.has(oid))
    if (missing.length === 0) return
    const { rows } = await connection.run(QUERY, [`{${missing.join(',')}}`])
    const types = rows.map((row) => readType(row, codecs))
    await load(
      connection,
      types.filter(({ kind }) => kind === 'array' || kind === 'domain').map(({ inner }) => inner),
    )
    for (const type of types) codecs.set(type.oid, makeCodec(type, codecs))
    // A type that was dropped between two statements: its values stay text.
    for (const oid of missing) if (!codecs.has(oid)) codecs.set(oid, unknownCodec(`type ${oid}`))
  }
  return { codec: (oid) => codecs.get(oid), load }
}

function readType(row: readonly Cell[], codecs: ReadonlyMap<number, Codec>): TypeRow {
  const [oid = '0', name = '', type, category, delimiter, inner, labels] = row
  const kind = type === 'd' ? 'domain' : type === 'e' ? 'enum' : category === 'A' ? 'array' : 'other'
  return {
    oid: Number(oid),
    name: name ?? '',
    kind,
    delimiter: delimiter ?? ',',
    inner: Number(inner),
    // 1009 is text[], built in; its elements are text and never null here.
    labels: labels ? (codecs.get(1009)?.decode(labels) as string[]) : [],
  }
}

function makeCodec(type: TypeRow, codecs: ReadonlyMap<number, Codec>): Codec {
  const inner = codecs.get(type.inner) ?? unknownCodec(type.name)
  switch (type.kind) {
    case 'array':
      return arrayCodec(inner, type.delimiter)
    case 'domain':
      return { ...inner, name: type.name }
    case 'enum':
      return enumCodec(type.name, type.labels)
    default:
      return unknownCodec(type.name)
  }
}
