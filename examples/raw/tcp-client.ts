// A TCP client: it sends one line, prints the answers and ends. Run: node tcp-client.ts 127.0.0.1 7000 Ola Mundo!
import { createTcpClient, lines } from 'guichet/sockets'

/** Sends a line and gives all that the server answers. */
export async function ask(host: string, port: number, line: string): Promise<readonly string[]> {
  const client = await createTcpClient({ host, port, framing: lines })
  await client.send(line)
  // Nothing more will be sent; answers can still come.
  client.end()
  const answers: string[] = []
  for await (const answer of client.messages) answers.push(answer)
  client.close()
  return answers
}

if (import.meta.main) {
  const [host = '127.0.0.1', port = '7000', ...words] = process.argv.slice(2)
  for (const answer of await ask(host, Number(port), words.join(' '))) console.log(answer)
}
