/** Systems for which `guichet cert` says how to trust its authority. */
export type TrustSystem = 'linux' | 'darwin' | 'win32'

const NAME = 'guichet-local'

/** The commands that make a system trust the authority at `path`, and those that take it back. */
export function formatTrustHelp(system: TrustSystem, path: string): string {
  return [
    ...SYSTEMS[system](path),
    '',
    'Firefox, all systems: Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import: choose',
    `  ${path}`,
    '',
    'Node.js and curl, for one command:',
    `  NODE_EXTRA_CA_CERTS='${path}' node …`,
    `  curl --cacert '${path}' https://localhost:3000/`,
  ].join('\n')
}

const SYSTEMS: Readonly<Record<TrustSystem, (path: string) => readonly string[]>> = {
  linux: (path) => [
    'Debian, Ubuntu:',
    `  sudo cp '${path}' /usr/local/share/ca-certificates/${NAME}.crt && sudo update-ca-certificates`,
    `  back: sudo rm /usr/local/share/ca-certificates/${NAME}.crt && sudo update-ca-certificates --fresh`,
    'Fedora, RHEL, Arch:',
    `  sudo trust anchor '${path}'`,
    `  back: sudo trust anchor --remove '${path}'`,
    'Chromium and Chrome (package libnss3-tools for certutil):',
    `  mkdir -p ~/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n ${NAME} -i '${path}'`,
    `  back: certutil -d sql:$HOME/.pki/nssdb -D -n ${NAME}`,
  ],
  darwin: (path) => [
    'macOS (Safari, Chrome):',
    `  security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db '${path}'`,
    `  back: security remove-trusted-cert '${path}'`,
  ],
  win32: (path) => [
    'Windows (Edge, Chrome):',
    `  certutil -addstore -user Root "${path}"`,
    '  back: certutil -delstore -user Root "Guichet development"',
  ],
}

/** True for a system that we know. */
export function isTrustSystem(system: string): system is TrustSystem {
  return Object.hasOwn(SYSTEMS, system)
}
