// A guardian's converse.js, which the test works with as a person would: what it needs besides is in window.guardian.
for (const name of ['converse-brand-logo', 'converse-footer']) customElements.define(name, class extends HTMLElement {});

const account = await fetch('/account').then((answer) => answer.json());
await import('/vendor/converse.min.js');

window.converse.plugins.add('knapp-test', {
  initialize() {
    const { api } = this._converse;
    api.listen.on('rosterContactsFetched', () => { window.guardian = { api }; });
  },
});

window.converse.initialize({
  assets_path: '/vendor/',
  websocket_url: account.websocket,
  discover_connection_methods: false,
  authentication: 'login',
  auto_login: true,
  auto_reconnect: false,
  jid: account.jid,
  password: account.password,
  persistent_store: 'sessionStorage',
  reuse_scram_keys: false,
  view_mode: 'fullscreen',
  loglevel: 'warn',
  blacklisted_plugins: [
    'converse-omemo', 'converse-omemo-views', 'converse-push', 'converse-register', 'converse-roomslist', 'converse-bosh',
    'converse-bookmarks', 'converse-bookmark-views', 'converse-minimize', 'converse-dragresize',
  ],
  whitelisted_plugins: ['knapp-test'],
  allow_non_roster_messaging: true,
  auto_join_rooms: [],
  autocomplete_providers_url: '',
  render_media: false,
  fetch_url_headers: false,
  play_sounds: false,
  show_desktop_notifications: false,
  show_client_info: false,
  enable_smacks: false,
  send_chat_markers: ['received', 'displayed', 'acknowledged'],
});
