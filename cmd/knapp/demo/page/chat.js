// The chat client in its frame: converse.js, signed in as one parent, with the children's chats at hand.

// Its own name and its sponsors' pictures come from its makers' site; here nothing is fetched from anywhere else, so
// these two parts are empty. An element that is defined already is left alone by converse.
for (const name of ['converse-brand-logo', 'converse-footer']) customElements.define(name, class extends HTMLElement {});

// What an earlier demo left in this tab is about people who are gone; what this one said comes from the archive.
sessionStorage.clear();

const account = await fetch('account').then((answer) => answer.json());
await import('/vendor/converse.min.js');

const unwanted = [
  'converse-bookmarks', 'converse-bookmark-views', 'converse-omemo', 'converse-omemo-views', 'converse-push',
  'converse-register', 'converse-roomslist', 'converse-headlines', 'converse-headlines-view', 'converse-minimize',
  'converse-dragresize', 'converse-bosh',
];

window.converse.plugins.add('knapp-demo', {
  initialize() {
    const { api } = this._converse;
    api.listen.on('connected', () => document.querySelector('.waiting')?.remove());
    api.listen.on('rosterContactsFetched', () => {
      if (account.chats.length) api.chats.open(account.chats[0], {}, true);
    });
  },
});

window.converse.initialize({
  assets_path: '/vendor/',
  websocket_url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/xmpp-websocket`,
  discover_connection_methods: false,
  authentication: 'login',
  auto_login: true,
  auto_reconnect: true,
  reuse_scram_keys: false,
  jid: account.jid,
  password: account.password,
  persistent_store: 'sessionStorage',
  i18n: document.documentElement.lang,
  locales: ['nb', 'en'],
  view_mode: 'fullscreen',
  theme: 'classic',
  dark_theme: 'dracula',
  loglevel: 'warn',
  blacklisted_plugins: unwanted,
  whitelisted_plugins: ['knapp-demo'],
  auto_focus: false, // the visitor begins on the phone
  allow_non_roster_messaging: true,
  allow_registration: false,
  allow_logout: false,
  allow_muc_invitations: false,
  auto_join_rooms: [],
  autocomplete_providers_url: '',
  embed_3rd_party_media_players: false,
  render_media: false,
  fetch_url_headers: false,
  notification_icon: '/page/icon.svg',
  play_sounds: false,
  show_desktop_notifications: false,
  show_client_info: false,
  show_connection_url_input: false,
  enable_smacks: false, // who closes the page is gone at once, not in five minutes
  show_self_in_roster: false,
  nickname: account.name,
  message_archiving: 'always',
  send_chat_markers: ['received', 'displayed', 'acknowledged'],
  visible_toolbar_buttons: { call: false, spoiler: false, emoji: true, toggle_occupants: false, location: false, clear: false },
});
