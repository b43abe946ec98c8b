// A room in a browser: what it says goes through one WebSocket, and what it hears comes through the same.
const element = (id) => document.getElementById(id)
const [join, write, said, here, events] = ['join', 'write', 'said', 'here', 'events'].map(element)

/** The connection of now, and where it stands in the room: what was missed is asked for when it comes back. */
let socket = null
let room = ''
let position = null
const present = new Map()

join.addEventListener('submit', (event) => {
  event.preventDefault()
  void joinRoom()
})

async function joinRoom() {
  const { room: wanted, name, password } = Object.fromEntries(new FormData(join))
  if (wanted !== room) forgetRoom()
  room = wanted
  try {
    connect(await addressOf({ name, password }))
  } catch (error) {
    show(events, `error: ${error.message}`)
    tellState(`Cannot join the room ${room}: ${error.message}`, true)
  }
}

element('leave').addEventListener('click', () => socket?.close(1000))

write.addEventListener('submit', (event) => {
  event.preventDefault()
  const text = element('text').value
  socket.send(JSON.stringify({ type: 'say', params: { text } }))
  write.reset()
  element('text').focus()
})

/** Where the room is. A password becomes a token, and the token a ticket: a page can send no header with a WebSocket. */
async function addressOf({ name, password }) {
  const address = new URL(`/rooms/${encodeURIComponent(room)}`, location.href.replace(/^http/, 'ws'))
  if (password !== '') address.searchParams.set('ticket', await takeTicket(name, password))
  else if (name !== '') address.searchParams.set('name', name)
  if (position !== null) address.searchParams.set('since', position)
  return address
}

async function takeTicket(username, password) {
  const { access_token: token } = await post('/login', { body: JSON.stringify({ username, password }) })
  const { ticket } = await post('/ticket', { headers: { authorization: `Bearer ${token}` } })
  return ticket
}

async function post(path, { body, headers = {} }) {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const reply = await fetch(path, { method: 'POST', body, headers: { ...type, ...headers } })
  const answer = await reply.json()
  if (!reply.ok) throw new Error(answer.detail)
  return answer
}

function connect(address) {
  socket?.close(1000)
  const own = new WebSocket(address, ['guichet.json'])
  socket = own
  let hasOpened = false
  own.addEventListener('open', () => {
    hasOpened = true
    show(events, 'open')
    setConnected(true)
  })
  own.addEventListener('message', ({ data }) => {
    show(events, `message: ${data.length} characters`)
    hear(JSON.parse(data))
  })
  own.addEventListener('error', () => show(events, 'error: the WebSocket could not be opened, or broke'))
  own.addEventListener('close', ({ code, reason }) => {
    show(events, `close: ${code}${reason === '' ? '' : ` ${reason}`}`)
    if (own !== socket) return
    socket = null
    setConnected(false)
    if (code !== 1000) tellState(wordsFor({ hasOpened, code, reason }), true)
  })
}

/** A browser does not tell a page why it could not open a WebSocket. */
function wordsFor({ hasOpened, code, reason }) {
  if (!hasOpened) return `Cannot join the room ${room}. A private room needs the name and password of a member`
  const words = reason === '' ? `the connection broke (${code})` : reason
  return `No longer in the room ${room}: ${words}. Join again to read what you missed`
}

function hear(event) {
  if (event.offset !== undefined) position = `${position.slice(0, position.lastIndexOf(':'))}:${event.offset}`
  switch (event.type) {
    case 'joined':
      position = event.position
      if (event.recovered === false) show(said, 'Some messages were missed and cannot be had any more')
      present.clear()
      for (const who of event.present ?? []) present.set(nameOf(who), true)
      showPresent()
      break
    case 'presence':
      if (event.change === 'joined') present.set(nameOf(event), true)
      else present.delete(nameOf(event))
      showPresent()
      break
    case 'refused':
      show(said, `Refused: ${event.detail}`)
      break
    case 'say':
      show(said, event.data.text, nameOf(event))
      break
  }
}

/** A guest chooses its name: it is marked, so that nobody takes it for the user of that name. */
function nameOf({ user, from }) {
  return user ?? `~${from}`
}

// Always as text: what others write is never markup.
function show(list, text, from) {
  const item = document.createElement('li')
  if (from !== undefined) {
    const author = document.createElement('span')
    author.className = 'from'
    author.textContent = `${from}: `
    item.append(author)
  }
  item.append(text)
  list.append(item)
  while (list.children.length > 500) list.firstChild.remove()
  list.parentElement.scrollTop = list.parentElement.scrollHeight
}

function showPresent() {
  const items = [...present.keys()]
    .sort((a, b) => a.localeCompare(b))
    .map((name) => {
      const item = document.createElement('li')
      item.textContent = name
      return item
    })
  here.replaceChildren(...items)
}

function setConnected(isConnected) {
  tellState(isConnected ? `In the room ${room}` : 'Not connected', false)
  const controls = ['leave', 'text', 'send'].map(element)
  const hadFocus = controls.includes(document.activeElement)
  for (const control of controls) control.disabled = !isConnected
  if (isConnected) element('text').focus()
  else {
    here.replaceChildren()
    // What is disabled loses the focus: a keyboard would start anew at the top of the page.
    if (hadFocus) element('enter').focus()
  }
}

function tellState(words, isWrong) {
  element('state').textContent = words
  element('state').classList.toggle('wrong', isWrong)
}

function forgetRoom() {
  position = null
  said.replaceChildren()
}
