import type { Handler } from '../core/route-spec.ts'
import type { ChannelSocketSpec, ServiceSpec, SocketDeclaration, SocketPlace } from '../pipeline/socket-declaration.ts'
import { callerPlace } from './caller.ts'

/** Makes `app.tcp` and `app.udp`: they add to `sockets`. */
export function declareSocket(
  transport: SocketDeclaration['transport'],
  sockets: SocketDeclaration[],
): (
  port: SocketPlace['port'],
  spec: Omit<SocketPlace, 'port'> & (ChannelSocketSpec | ServiceSpec),
  handler?: Handler,
) => void {
  return (port, { host, limits, tls, ...spec }, handler) => {
    const place: SocketPlace = {
      port,
      ...(host === undefined ? {} : { host }),
      ...(limits === undefined ? {} : { limits }),
      ...(tls === undefined ? {} : { tls }),
    }
    const isChannel = 'channel' in spec
    const service = isChannel || handler === undefined ? null : { spec: spec as ServiceSpec, handler } // it has no channel
    const channel = isChannel ? spec : null
    sockets.push({ transport, place, channel, service, where: callerPlace() })
  }
}
