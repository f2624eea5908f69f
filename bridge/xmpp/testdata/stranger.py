"""A stranger's client: asks a gateway about one of its addresses in every way and prints what comes back.

Usage: stranger.py JID PASSWORD HOST PORT CERTIFICATE ADDRESS
Each answer is a line of JSON: the question, and the answer's XML without id and addresses.
"""

import asyncio
import json
import sys
from xml.etree import ElementTree

import slixmpp
from slixmpp.exceptions import IqError

PATIENCE = 20


class Stranger(slixmpp.ClientXMPP):
    def __init__(self, jid, password, address):
        super().__init__(jid, password)
        self.asked = address
        self.auto_authorize = None
        self.auto_subscribe = False
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0092")
        self.register_plugin("xep_0199")
        self.waiting = {}
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message_error", lambda m: self.came("chat", m))
        self.add_event_handler("message", lambda m: self.came("chat", m))
        for kind in ("presence_unsubscribed", "presence_subscribed"):
            self.add_event_handler(kind, lambda p: self.came("subscribe", p))

    def came(self, question, stanza):
        if stanza["from"].bare == self.asked and question in self.waiting:
            future = self.waiting.pop(question)
            future.set_result(stanza)

    async def answer(self, question, send):
        self.waiting[question] = asyncio.get_running_loop().create_future()
        future = self.waiting[question]
        send()
        self.tell(question, await asyncio.wait_for(future, PATIENCE))

    def tell(self, question, stanza):
        xml = stanza.xml
        for name in ("id", "from", "to"):
            xml.attrib.pop(name, None)
        print(json.dumps([question, ElementTree.tostring(xml, encoding="unicode")]), flush=True)

    async def ask(self, question, query):
        try:
            self.tell(question, await query)
        except IqError as error:
            self.tell(question, error.iq)

    async def start(self, _):
        await self.get_roster()
        self.send_presence()
        await self.answer("chat", lambda: self.send_message(self.asked, "hei", mtype="chat"))
        await self.answer("subscribe", lambda: self.send_presence_subscription(self.asked))
        await self.ask("info", self["xep_0030"].get_info(self.asked, timeout=PATIENCE))
        await self.ask("items", self["xep_0030"].get_items(self.asked, timeout=PATIENCE))
        await self.ask("version", self["xep_0092"].get_version(self.asked, timeout=PATIENCE))
        await self.ask("ping", self["xep_0199"].send_ping(self.asked, timeout=PATIENCE))
        self.disconnect()


def main():
    jid, password, host, port, certificate, address = sys.argv[1:]
    client = Stranger(jid, password, address)
    client.ca_certs = certificate
    # Neither connect's arguments nor process are the same in slixmpp 1.8 and 1.10; the loop is.
    try:
        client.connect((host, int(port)))
    except TypeError:
        client.connect(host, int(port))
    client.loop.run_until_complete(client.disconnected)


main()
