/** What a person can mend, said in one line: the program prints it and ends, without a stack. */
export class CannotStart extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CannotStart'
  }
}
