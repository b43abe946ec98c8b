/** What `package-lock.json` says of one package. */
export interface LockedPackage {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** `package-lock.json`, version 3. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/** A build for another system that a package names and the lockfile lacks. */
export interface MissingBuild {
  readonly name: string
  readonly version: string
  /** The package that names it. */
  readonly parent: string
}

/**
 * npm leaves out of the lockfile what its registry does not have, and a mirror often lacks the builds for other systems.
 * `npm ci` then refuses the lockfile everywhere.
 */
export function findMissingBuilds({ packages }: Lockfile): readonly MissingBuild[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages))
      .map(([name, version]) => ({ name, version, parent: path.replace(/^.*node_modules\//, '') })),
  )
}

const SYSTEMS: Readonly<Record<string, string>> = { win: 'win32', wasi: 'wasip1', ohos: 'openharmony' }
const PROCESSORS: Readonly<Record<string, string>> = { arm: 'arm', wasm32: 'wasm32' }

/** The lockfile with an entry for each missing build, made from its name: only that system would fetch it. */
export function completeLockfile(lockfile: Lockfile): Lockfile {
  const entries = new Map(Object.entries(lockfile.packages))
  for (const { name, version, parent } of findMissingBuilds(lockfile)) {
    const isDev = lockfile.packages[`node_modules/${parent}`]?.dev === true
    entries.set(`node_modules/${name}`, {
      version,
      ...platformOf(name),
      ...(isDev ? { dev: true } : {}),
      optional: true,
    })
  }
  const sorted = [...entries].sort(([one], [other]) => one.localeCompare(other, 'en'))
  return { ...lockfile, packages: Object.fromEntries(sorted) }
}

type Platform = Pick<LockedPackage, 'os' | 'cpu' | 'libc'>

/** From `binding-linux-arm-musleabihf`: os, cpu and C library, as npm names them. */
function platformOf(name: string): Platform {
  const match =
    /(android|darwin|freebsd|linux|netbsd|openbsd|openharmony|win32|win|aix|sunos|wasm32)-([a-z0-9]+)(?:-(\w+))?$/.exec(
      name,
    )
  if (match === null) return {}
  const [, system = '', processor = '', abi = ''] = match
  const libc = system !== 'linux' ? null : abi.startsWith('musl') ? 'musl' : abi.startsWith('gnu') ? 'glibc' : null
  return {
    os: [SYSTEMS[system] ?? system],
    cpu: [PROCESSORS[processor] ?? processor],
    ...(libc === null ? {} : { libc: [libc] }),
  }
}
