// Pieces of the phone's screen. Text is always set as text, never as markup: it came from somebody.

export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// 24 hours, as the phone's own clock.
export function clock(time, lang) {
  return time.toLocaleTimeString(lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

// A row of the inbox. Every text comes from the gateway, so its first words, "Mamma: …", say more than its sender.
export function entry(text, index, chosen, fresh, lang, open) {
  const [, name, rest] = text.text.match(/^([^:\n]{1,30}): (.*)$/s) ?? [null, 'Knapp SMS', text.text];
  const row = make('li', { id: `text-${index}`, role: 'option', 'aria-selected': String(chosen) },
    make('b', {}, name),
    make('time', { datetime: text.at.toISOString() }, clock(text.at, lang)),
    make('span', {}, rest));
  if (fresh) row.classList.add('new');
  row.addEventListener('click', open);
  return row;
}
