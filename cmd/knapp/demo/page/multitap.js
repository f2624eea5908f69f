// Multi-tap: the letters of a twelve-key phone, with the Norwegian ones. Pure: it is told the time and keeps no timer.

export const letters = {
  1: '.,?!\'-:@/()1',
  2: 'abcæå2',
  3: 'def3é',
  4: 'ghi4',
  5: 'jkl5',
  6: 'mnoø6',
  7: 'pqrs7',
  8: 'tuv8',
  9: 'wxyz9',
  0: ' 0\n',
  '*': '*+-=&%"()/;_<>#',
};

export const modes = ['abc', 'Abc', 'ABC', '123'];

// A letter stands after a second without the same key.
export const pause = 1000;

// Held this long, a key gives its digit.
export const hold = 550;

export class Multitap {
  mode = 'abc';
  #key = '';
  #turn = 0;
  #until = 0;

  // The next of four modes: small, first letter, capitals, digits.
  nextMode() {
    this.#key = '';
    this.mode = modes[(modes.indexOf(this.mode) + 1) % modes.length];
  }

  // The letter is final; the next press begins a new one. After the first letter of Abc come small ones.
  commit() {
    if (this.mode === 'Abc' && /[2-9]/.test(this.#key)) this.mode = 'abc';
    this.#key = '';
  }

  // What a press writes, and whether it takes the place of the letter before it.
  press(key, now) {
    const replaces = key === this.#key && now < this.#until;
    if (!replaces) this.commit();
    if (this.mode === '123' && key !== '*') return { text: key, replaces: false };
    const row = letters[key];
    this.#turn = replaces ? (this.#turn + 1) % row.length : 0;
    this.#key = key;
    this.#until = now + pause;
    const letter = row[this.#turn];
    return { text: this.mode === 'Abc' || this.mode === 'ABC' ? letter.toUpperCase() : letter, replaces };
  }

  // What a held key writes: its digit, in the place of the letter that its first moment wrote.
  heldDown(key) {
    const replaces = this.#key === key;
    this.#key = '';
    return { text: key, replaces: replaces || this.mode === '123' };
  }
}
