// What changes by itself, by htmx and its extension for server-sent events. How a page becomes live stands in live.go.
(() => {
  'use strict';

  const patience = 8000; // ms without a stream until it is said; it comes back by itself meanwhile
  const silence = 65000; // ms without any event: the connection has died unnoticed
  const asleep = 20000; // ms out of sight until the stream is given back

  let api, source, over, lost, quiet, hidden;
  let region = document.querySelector('[sse-connect]');

  const fields = 'input:not([type=hidden]), select, textarea';
  const find = selector => document.querySelector(selector);

  // filled tells whether somebody has changed a field.
  function filled(field) {
    if (field.options) {
      const first = [...field.options].findIndex(o => o.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    }
    return field.type === 'checkbox' || field.type === 'radio' ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  }

  // busy tells whether somebody's fingers are on a piece.
  function busy(piece) {
    if (piece.matches(':active') || piece.querySelector(':active')) return true;
    return [...piece.querySelectorAll(fields)].some(f => !f.closest('[data-sent]') && (f === document.activeElement || filled(f)));
  }

  // late says on a piece that it is older than it could be.
  function late(piece) {
    const note = find('#late');
    if (note && !piece.querySelector('.late')) piece.append(note.content.cloneNode(true));
  }

  // key knows an element among its siblings.
  function key(element, counts) {
    if (element.id) return '#' + element.id;
    const kind = element.tagName + '.' + element.className;
    counts[kind] = (counts[kind] || 0) + 1;
    return kind + counts[kind];
  }

  // lay makes a piece like a fresh one, and gives the element that stands there then.
  function lay(piece, fresh, made) {
    for (const open of piece.querySelectorAll('details[open][id]')) {
      fresh.querySelector('#' + CSS.escape(open.id))?.setAttribute('open', '');
    }
    if (piece.isEqualNode(fresh)) return piece;
    if (piece.hasAttribute('data-list') && fresh.hasAttribute('data-list')) {
      for (const name of ['class', 'data-say', 'data-alarm', 'sse-connect']) {
        if (fresh.hasAttribute(name)) piece.setAttribute(name, fresh.getAttribute(name));
        else piece.removeAttribute(name);
      }
      layEach(piece, fresh, made);
      return piece;
    }
    if (busy(piece)) {
      late(piece);
      return piece;
    }
    const at = document.activeElement;
    const focused = piece.contains(at) && !at.id &&
      [...fresh.querySelectorAll(at.tagName)].find(e => e.name === at.name && e.value === at.value && e.textContent === at.textContent);
    piece.replaceWith(fresh);
    made.push(fresh);
    if (focused) focused.focus({preventScroll: true});
    return fresh;
  }

  function layEach(list, fresh, made) {
    const had = new Map(), counts = {}, freshCounts = {};
    for (const e of list.children) had.set(key(e, counts), e);
    const wanted = [...fresh.children].map(e => [e, had.get(key(e, freshCounts))]);
    const kept = new Set(wanted.map(([, old]) => old));
    for (const old of had.values()) {
      if (kept.has(old)) continue;
      if (busy(old)) late(old);
      else old.remove();
    }
    let before = null;
    for (const [e, old] of wanted) {
      const there = old ? lay(old, e, made) : e;
      if (!old) made.push(e);
      let next = before ? before.nextElementSibling : list.firstElementChild;
      while (next && next !== there && !wanted.some(([f, o]) => f === next || o === next)) next = next.nextElementSibling; // what is kept though it is gone
      if (next !== there) list.insertBefore(there, next);
      before = there;
    }
  }

  htmx.defineExtension('gentle', {
    init(internal) { api = internal; },
    handleSwap(style, target, fragment) {
      const fresh = fragment.firstElementChild;
      if (style !== 'gentle') return false;
      if (!fresh) return [];
      const made = [];
      const {say, alarm} = region?.dataset ?? {};
      lay(target, fresh, made);
      region = find('[sse-connect]');
      if (region?.dataset.alarm && region.dataset.alarm !== alarm) find('#news-now').textContent = region.dataset.alarm;
      else if (region?.dataset.say && region.dataset.say !== say) find('#news').textContent = region.dataset.say;
      return made;
    },
  });

  // following says whether the page follows, to whoever looks at it.
  function following(on) {
    clearTimeout(lost);
    document.body.dataset.live = on ? 'on' : 'off';
    const note = find('#unlive');
    if (on) note.hidden = true;
    else if (over) note.hidden = false;
    else lost = setTimeout(() => { note.hidden = false; }, patience);
  }

  // heard is any sign of life.
  function heard() {
    clearTimeout(quiet);
    quiet = setTimeout(() => { leave(); join(); }, silence);
  }

  function leave() {
    clearTimeout(quiet);
    source?.close();
    source = undefined;
    following(false);
    clearTimeout(lost);
  }

  // join has the extension open a new stream, as it does for an element that has just come.
  function join() {
    if (over || !region?.isConnected) return;
    api.triggerEvent(region, 'htmx:afterProcessNode', {});
    lost = setTimeout(() => following(false), patience);
  }

  document.addEventListener('htmx:sseOpen', event => {
    source = event.detail.source;
    region = find('[sse-connect]');
    if (!source.known) {
      source.known = true;
      for (const type of ['alarms', 'questions', 'log', 'rules', 'gateway', 'beat']) source.addEventListener(type, e => {
        heard();
        if (e.lastEventId) region.setAttribute('sse-connect', '/live?at=' + encodeURIComponent(e.lastEventId));
      });
      source.addEventListener('ended', () => { over = true; leave(); following(false); });
    }
    heard();
    following(true);
  });
  document.addEventListener('htmx:sseError', () => { if (document.body.dataset.live !== 'off') following(false); });

  document.addEventListener('visibilitychange', () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(leave, asleep);
    else if (!source && !over) join();
  });
  addEventListener('online', () => { leave(); join(); });
  addEventListener('offline', () => following(false));

  // A page that was fetched again counts only if it is the same page.
  document.addEventListener('htmx:beforeSwap', event => {
    const {xhr, requestConfig} = event.detail;
    const came = new URL(xhr.responseURL, location.href).pathname;
    if (requestConfig.verb === 'get') {
      const asked = new URL(requestConfig.path, location.href).pathname;
      if (xhr.status === 200 && came === asked) return;
      event.detail.shouldSwap = false;
      over = over || xhr.status === 403 || came !== asked;
      following(false);
    } else if (came !== location.pathname && came !== requestConfig.path) {
      event.detail.shouldSwap = false;
      location.assign(xhr.responseURL);
    }
  });

  document.addEventListener('htmx:beforeRequest', event => {
    const form = event.target.closest?.('form');
    if (!form) return;
    form.dataset.sent = '';
    find('#failed').hidden = true;
  });
  document.addEventListener('htmx:afterSwap', event => {
    if (event.detail.requestConfig?.verb !== 'post') return;
    for (const form of document.querySelectorAll('[data-sent]')) delete form.dataset.sent;
    const said = find('main > .say');
    if (said) {
      said.tabIndex = -1;
      said.focus();
    }
  });
  for (const type of ['htmx:sendError', 'htmx:timeout']) document.addEventListener(type, event => {
    const form = event.target.closest?.('form');
    if (!form) return following(false);
    delete form.dataset.sent;
    find('#failed').hidden = false;
    find('#failed').focus();
  });

  // Whoever has left a piece that is late sees the new one.
  document.addEventListener('focusout', () => setTimeout(() => {
    const note = find('.late');
    if (note && region && !busy(note.parentElement)) {
      note.remove();
      htmx.trigger(region, 'again');
    }
  }, 200));
  document.addEventListener('over', () => { if (region) htmx.trigger(region, 'again'); });
})();
