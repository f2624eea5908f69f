// The button phone: which screen it shows and what its keys do. What it looks like is phone.css; the line that it
// hangs on (texts, switches, sending) is given to it by hold().

import { Multitap, hold, letters, pause } from './multitap.js';
import { measure } from './alphabet.js';
import { clock, entry, make } from './screens.js';

export class Phone {
  #root;
  #say;
  #lang;
  #view;
  #line = null;
  #screen = 'home';
  #chosen = 0; // of the inbox, 0 is the newest
  #note = '';
  #taps = new Multitap();
  #tapTimer = 0;
  #noteTimer = 0;
  onread = () => {};

  constructor(root, say, lang) {
    this.#root = root;
    this.#say = say;
    this.#lang = lang;
    this.#view = root.querySelector('.view');
    this.#layKeys();
    root.addEventListener('keydown', (event) => this.#type(event));
    setInterval(() => this.#tellTime(), 10_000);
  }

  // Takes another child's phone into the hand.
  hold(line) {
    this.#keepDraft();
    this.#line = line;
    this.#root.setAttribute('aria-label', this.#say('phoneOf', { name: line.name }));
    this.#go('home');
  }

  // Shows what has changed on the line; a text that has just arrived is spoken.
  refresh(arrived) {
    if (arrived) {
      const from = arrived.text.match(/^([^:\n]{1,30}): /)?.[1] ?? arrived.from;
      this.#speak(this.#say('arrived', { name: from }));
      if (this.#screen === 'inbox' || this.#screen === 'read') this.#chosen += 1; // the newest is first: stay on the same
    }
    const writing = this.#screen === 'compose' && this.#dark === !this.#line.switches.on;
    if (writing) this.#dress();
    else this.#draw();
  }

  get #dark() { return this.#root.classList.contains('dark'); }
  get #texts() { return [...this.#line.texts].reverse(); }
  get #area() { return this.#view.querySelector('textarea'); }

  #layKeys() {
    const keys = this.#root.querySelector('.keys');
    for (const key of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']) {
      const small = { 1: '.,?!', 0: '␣', '*': '+ & %', '#': 'Aa1' }[key] ?? letters[key].replace(/[^a-zæøå]/g, '');
      const label = { 0: 'spaceKey', '*': 'symbolKey', '#': 'modeKey' }[key] ?? 'keyLetters';
      const button = make('button', { type: 'button', 'data-key': key, 'aria-label': this.#say(label, { key, letters: small }) },
        make('b', {}, key), make('small', { lang: 'nb' }, small));
      keys.append(button);
    }
    for (const button of this.#root.querySelectorAll('[data-key]')) this.#wire(button);
  }

  // A key is pressed by finger or mouse (which must not take the focus from the text), or by Enter and Space.
  #wire(button) {
    const key = button.dataset.key;
    let timer = 0;
    const up = () => {
      clearTimeout(timer);
      button.classList.remove('held');
    };
    button.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      if (!this.#root.contains(document.activeElement)) this.#root.focus({ preventScroll: true });
      button.classList.add('held');
      const was = this.#line.switches.on;
      this.#press(key);
      if (was) timer = setTimeout(() => this.#heldDown(key), hold);
    });
    for (const name of ['pointerup', 'pointerleave', 'pointercancel']) button.addEventListener(name, up);
    button.addEventListener('click', (event) => {
      if (event.detail === 0) this.#press(key); // a keyboard's or a screen reader's; the pointer's was taken above
    });
    button.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  #press(key) {
    if (!this.#line.switches.on) {
      if (key === 'power') this.#line.turn({ ...this.#line.switches, on: true });
    } else if (key === 'power') this.#go('home');
    else if (key === 'left' || key === 'right' || key === 'up' || key === 'down') this.#steer(key);
    else {
      if (this.#screen !== 'compose') this.#go('compose');
      this.#tap(key);
    }
  }

  #heldDown(key) {
    if (key === 'power') {
      this.#line.turn({ ...this.#line.switches, on: !this.#line.switches.on });
    } else if (this.#screen === 'compose' && /^[0-9]$/.test(key)) {
      const { text, replaces } = this.#taps.heldDown(key);
      this.#write(text, replaces);
    } else if (this.#screen === 'compose' && key === 'right') {
      this.#area.value = '';
      this.#dress();
    }
  }

  #tap(key) {
    if (key === '#') {
      this.#taps.nextMode();
      this.#dress();
      return;
    }
    const { text, replaces } = this.#taps.press(key, performance.now());
    this.#write(text, replaces);
    clearTimeout(this.#tapTimer);
    this.#tapTimer = setTimeout(() => {
      this.#taps.commit();
      this.#dress();
    }, pause);
  }

  #write(text, replaces) {
    const area = this.#area;
    const end = area.selectionEnd;
    area.setRangeText(text, replaces ? Math.max(0, end - 1) : area.selectionStart, end, 'end');
    this.#line.draft = area.value;
    this.#dress();
  }

  #steer(key) {
    const step = key === 'up' ? -1 : key === 'down' ? 1 : 0;
    switch (this.#screen) {
      case 'home':
        if (key === 'left') this.#go('compose');
        else this.#go('inbox');
        break;
      case 'inbox':
        if (step) this.#choose(this.#chosen + step);
        else if (key === 'left' && this.#line.texts.length) this.#go('read');
        else this.#go('home');
        break;
      case 'read':
        if (step) this.#view.querySelector('.letter').scrollBy({ top: step * 60 });
        else this.#go(key === 'left' ? 'compose' : 'inbox');
        break;
      case 'compose':
        if (key === 'left') this.#send();
        else if (key === 'right') this.#erase();
        else this.#area.setSelectionRange(...caret(this.#area, step));
        break;
      default:
        this.#go('home');
    }
  }

  #choose(n) {
    this.#chosen = Math.min(Math.max(0, n), Math.max(0, this.#line.texts.length - 1));
    this.#draw();
  }

  #erase() {
    const area = this.#area;
    this.#taps.commit();
    if (area.value === '') {
      this.#go('home');
      return;
    }
    const end = area.selectionEnd;
    // A whole character, also where it takes two units.
    const before = end > 1 && /[\udc00-\udfff]/.test(area.value[end - 1]) ? 2 : 1;
    const start = area.selectionStart < end ? area.selectionStart : Math.max(0, end - before);
    area.setRangeText('', start, end, 'end');
    this.#line.draft = area.value;
    this.#dress();
  }

  async #send() {
    const text = this.#area.value;
    if (text.trim() === '' || this.#screen !== 'compose') return;
    const line = this.#line;
    this.#go('sending');
    const ok = await line.send(text);
    if (ok) line.draft = '';
    else line.draft = text;
    if (line !== this.#line || this.#screen !== 'sending') return;
    this.#note = this.#say(ok ? 'sent' : 'notSent');
    this.#speak(this.#note);
    this.#go('note');
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => {
      if (this.#screen === 'note') this.#go(ok ? 'home' : 'compose');
    }, 1200);
  }

  // The visitor's own keyboard: letters where the phone has the focus, Enter and Escape for the two soft keys.
  #type(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !this.#line.switches.on) return;
    const onButton = event.target.closest('button') !== null;
    const inText = event.target === this.#area;
    const act = (key) => {
      event.preventDefault();
      this.#press(key);
    };
    if (event.key === 'Escape') act(this.#screen === 'compose' ? 'power' : 'right');
    else if (event.key === 'Enter' && !onButton && !event.shiftKey) act('left');
    else if (event.key === 'ArrowUp' && !inText) act('up');
    else if (event.key === 'ArrowDown' && !inText) act('down');
    else if (event.key === 'Backspace' && !inText && this.#screen === 'compose') act('right');
    else if (inText && event.key.length === 1) this.#taps.commit();
    else if ([...event.key].length === 1 && !inText && !(onButton && event.key === ' ')) {
      // The browser writes the letter where the focus is by then: into the text.
      if (this.#screen !== 'compose') this.#go('compose');
      this.#taps.commit();
      this.#area.focus({ preventScroll: true });
    }
  }

  #keepDraft() {
    if (this.#line && this.#area) this.#line.draft = this.#area.value;
  }

  #go(screen) {
    this.#keepDraft();
    if (screen === 'inbox' && this.#screen !== 'read') this.#chosen = 0;
    this.#screen = screen;
    this.#taps.commit();
    this.#draw();
  }

  #draw() {
    const { on, reach } = this.#line.switches;
    const at = document.activeElement;
    const onKey = this.#root.contains(at) && at.closest('button') !== null;
    const focused = this.#root.contains(at) && !onKey;
    this.#root.classList.toggle('dark', !on);
    this.#root.classList.toggle('no-reach', !reach);
    if (!on) {
      this.#keepDraft();
      this.#screen = 'home';
    }
    const [...content] = on ? this.#content() : [make('p', { class: 'plain' }, this.#say('off'))];
    this.#view.replaceChildren(...content);
    if (on && this.#screen === 'compose') {
      this.#area.addEventListener('input', () => {
        this.#line.draft = this.#area.value;
        this.#dress();
      });
    }
    this.#dress();
    this.#tellTime();
    // The focus follows the screen, and must not fall back to the page; but who presses keys by keyboard stays on them.
    const heir = this.#view.querySelector('[tabindex], textarea');
    if (on && heir && !onKey && (focused || this.#screen === 'compose')) heir.focus({ preventScroll: true });
    else if (focused) this.#root.focus({ preventScroll: true });
    this.#view.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }

  #content() {
    const say = this.#say;
    switch (this.#screen) {
      case 'inbox': {
        if (!this.#line.texts.length) return [make('h3', {}, say('inbox')), make('p', { class: 'plain' }, say('empty'))];
        const rows = this.#texts.map((text, i) => entry(text, i, i === this.#chosen, !this.#line.read.has(text.id), this.#lang, () => {
          this.#chosen = i;
          this.#go('read');
        }));
        const list = make('ul', { class: 'list', role: 'listbox', tabindex: '0', 'aria-label': say('inbox'), 'aria-activedescendant': `text-${this.#chosen}` }, ...rows);
        return [make('h3', {}, say('inbox')), list];
      }
      case 'read': {
        const text = this.#texts[this.#chosen];
        if (!text) return [make('p', { class: 'plain' }, say('empty'))];
        this.#line.read.add(text.id);
        this.onread(this.#line);
        return [make('h3', {}, 'Knapp SMS', make('output', {}, clock(text.at, this.#lang))), make('p', { class: 'letter', tabindex: '0' }, text.text)];
      }
      case 'compose': {
        const area = make('textarea', { rows: '4', maxlength: '1000', 'aria-label': `${say('compose')}, ${say('to')} Knapp SMS`, autocomplete: 'off', spellcheck: 'false' });
        // A touch screen's own keyboard would hide the phone, whose keys are the point.
        if (matchMedia('(pointer: coarse)').matches) area.inputMode = 'none';
        area.value = this.#line.draft;
        return [make('h3', {}, `${say('to')}: Knapp SMS`, make('output', { class: 'room' })), area];
      }
      case 'sending':
        return [make('p', { class: 'plain' }, say('sending'))];
      case 'note':
        return [make('p', { class: 'plain' }, this.#note)];
      default: {
        const n = this.#line.unread();
        const news = n === 0 ? say('noUnread') : n === 1 ? say('oneUnread') : say('unread', { n });
        return [make('div', { class: 'home' }, make('span', { class: 'time' }), make('span', { class: 'date' }), make('span', { class: n ? 'news new' : 'news' }, news))];
      }
    }
  }

  // What stands round the screen: operator, envelope, soft keys, characters left.
  #dress() {
    const say = this.#say;
    const find = (name) => this.#root.querySelector(name);
    const { reach } = this.#line.switches;
    const n = this.#line.unread();
    find('.operator').textContent = !this.#line.connected ? say('lost') : reach ? say('operator') : say('noNetwork');
    const envelope = find('.envelope');
    envelope.toggleAttribute('hidden', n === 0);
    envelope.setAttribute('aria-label', n === 1 ? say('oneUnread') : say('unread', { n }));
    const some = this.#line.texts.length > 0;
    const [left, right] = {
      home: ['menu', 'messages'],
      inbox: [some ? 'open' : '', 'back'],
      read: ['reply', 'back'],
      compose: ['send', this.#area?.value ? 'clear' : 'back'],
      note: ['', 'back'],
    }[this.#screen] ?? ['', ''];
    find('.soft-left').textContent = left && say(left);
    find('.soft-right').textContent = right && say(right);
    for (const [side, word] of [['left', left], ['right', right]]) {
      find(`.steer [data-key=${side}]`).setAttribute('aria-label', word ? say(word) : say(`${side}Key`));
    }
    const room = find('.room');
    if (room) {
      const { left: chars, parts } = measure(this.#area.value);
      room.textContent = `${this.#taps.mode} ${chars}${parts > 1 ? `/${parts}` : ''}`;
      room.setAttribute('aria-label', say('left', { n: chars }));
    }
  }

  #tellTime() {
    const now = new Date();
    const time = clock(now, this.#lang);
    const big = this.#view.querySelector('.time');
    this.#root.querySelector('.clock').textContent = big ? '' : time;
    if (!big) return;
    big.textContent = time;
    this.#view.querySelector('.date').textContent = now.toLocaleDateString(this.#lang, { weekday: 'long', day: 'numeric', month: 'long' });
  }

  #speak(text) { this.#root.querySelector('#spoken').textContent = text; }
}

function caret(area, step) {
  const at = Math.min(Math.max(0, area.selectionEnd + step), area.value.length);
  return [at, at];
}
