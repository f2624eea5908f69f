// The page: two phones of which one is in the hand, two switches, and the parents' chats.

import { Phone } from './phone.js';

const lang = document.documentElement.lang;
const words = await fetch(`/words/${lang}`).then((answer) => answer.json());

// A sentence, with its {places} filled.
function say(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

const phone = new Phone(document.getElementById('phone'), say, lang);
const on = document.getElementById('on');
const reach = document.getElementById('reach');

const lines = [...document.querySelectorAll('input[name=phone]')].map(lineOf);
let held = lines.find((line) => line.tab.checked) ?? lines[0];

// One child's line: what its phone has, kept up to date by the server's events.
function lineOf(tab) {
  const badge = tab.parentElement.querySelector('.badge');
  const line = {
    tab,
    child: tab.value,
    name: tab.dataset.name,
    texts: [],
    read: new Set(),
    draft: '',
    switches: { on: true, reach: true },
    connected: false,

    async send(text) {
      const answer = await fetch(`/phone/${line.child}/send`, post({ text })).catch(() => null);
      return answer !== null && answer.ok;
    },

    async turn(switches) {
      const answer = await fetch(`/phone/${line.child}/switch`, post(switches)).catch(() => null);
      if (answer === null || !answer.ok) show(line); // back to what is true
    },

    unread() {
      return line.texts.filter((text) => !line.read.has(text.id)).length;
    },
  };

  let events = null;
  let lost = false;
  const take = (text) => ({ ...text, at: new Date(text.at), id: `${text.at} ${text.from} ${text.text}` });

  // A page that nobody sees lets its streams go: a browser opens only six to one server.
  const listen = () => {
    if (document.hidden) {
      events?.close();
      events = null;
      return;
    }
    if (events !== null) return;
    events = new EventSource(`/phone/${line.child}/events`);
    events.addEventListener('inbox', (event) => {
      if (lost) { // another demo, perhaps, with other accounts
        location.reload();
        return;
      }
      const inbox = JSON.parse(event.data);
      line.texts = inbox.texts.map(take);
      line.switches = inbox.switches;
      line.connected = true;
      show(line);
    });
    events.addEventListener('text', (event) => {
      const text = take(JSON.parse(event.data));
      if (line.texts.some((known) => known.id === text.id)) return;
      line.texts.push(text);
      show(line, text);
    });
    events.addEventListener('switch', (event) => {
      line.switches = JSON.parse(event.data);
      show(line);
    });
    events.addEventListener('error', () => {
      lost ||= line.connected;
      line.connected = false;
      show(line);
      if (events?.readyState === EventSource.CLOSED) { // refused: the browser does not try again, we do
        events = null;
        setTimeout(listen, 2000);
      }
    });
  };
  document.addEventListener('visibilitychange', listen);
  listen();

  line.mark = () => {
    const n = line.unread();
    badge.hidden = n === 0;
    badge.textContent = n === 0 ? '' : String(n);
    badge.setAttribute('aria-label', n === 1 ? say('oneUnread') : say('unread', { n }));
  };
  return line;
}

function post(body) {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

// Shows a line's news: on the phone, if it is the one in the hand, and at its tab.
function show(line, arrived) {
  line.mark();
  if (line !== held) return;
  on.checked = line.switches.on;
  reach.checked = line.switches.reach;
  phone.refresh(arrived);
}

phone.onread = (line) => line.mark();

for (const line of lines) {
  line.tab.addEventListener('change', () => {
    held = line;
    phone.hold(line);
    show(line);
  });
}
phone.hold(held);
show(held);
document.getElementById('phone').focus({ preventScroll: true });

const turn = () => held.turn({ on: on.checked, reach: reach.checked });
on.addEventListener('change', turn);
reach.addEventListener('change', turn);

const chat = document.getElementById('chat');
for (const tab of document.querySelectorAll('input[name=chat]')) {
  const open = () => {
    chat.title = say('chatOf', { name: tab.dataset.name });
    chat.src = `/chat/${tab.value}/`;
  };
  tab.addEventListener('change', open);
  if (tab.checked) open();
}
