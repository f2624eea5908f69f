// Lets a time that comes tick. Without this file the page says how long it was when it was fetched.
(() => {
  'use strict';
  const two = n => String(n).padStart(2, '0');
  const ends = new WeakMap();

  function tick() {
    let over = false;
    for (const left of document.querySelectorAll('[data-left]')) {
      if (!ends.has(left)) ends.set(left, Date.now() + left.dataset.left * 1000);
      const s = Math.max(0, Math.round((ends.get(left) - Date.now()) / 1000));
      const h = Math.floor(s / 3600), m = Math.floor(s / 60);
      const text = h < 2 ? left.dataset.words.replace('%s', m + ':' + two(s % 60)) // what is far off need not tick
        : left.dataset.long.replace('%d', h).replace('%d', m % 60);
      if (left.textContent !== text) left.textContent = text;
      if (s === 0 && !left.hasAttribute('data-over')) {
        left.setAttribute('data-over', '');
        over = true;
      }
    }
    if (over) setTimeout(() => document.dispatchEvent(new Event('over')), 1000);
  }

  if (!document.querySelector('[data-left], [sse-connect]')) return;
  tick();
  setInterval(tick, 1000);
  document.addEventListener('htmx:afterSwap', tick);
})();
