/** An uncaught error of user code or of the framework. The peer gets 500 and an id; the audit and the log get this. */
export class Fault {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}
